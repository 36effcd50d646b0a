// a + b, or a - b, saturated, in 1 cycle.
module fixed_add #(
    parameter int I = 8,
    parameter int F = 8
) (
    input  logic clock,
    input  logic subtract,
    input  logic [I+F-1:0] a,
    input  logic [I+F-1:0] b,
    output logic [I+F-1:0] result
);
    localparam int W = I + F;

    logic signed [W:0] wide_a, wide_b, sum;
    logic [W-1:0] saturated;
    assign wide_a = $signed({a[W-1], a});
    assign wide_b = $signed({b[W-1], b});
    assign sum = subtract ? wide_a - wide_b : wide_a + wide_b;
    fixed_saturate #(.IN(W + 1), .W(W)) saturate (.value(sum), .result(saturated));
    always_ff @(posedge clock) result <= saturated;
endmodule
