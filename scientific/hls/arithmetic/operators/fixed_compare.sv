// What needs no rounding, in 1 cycle. `mode` says what: 0 the larger of a and b, 1 the larger of a and 0, 2 -a,
// saturated, 3 a.
module fixed_compare #(
    parameter int I = 8,
    parameter int F = 8
) (
    input  logic clock,
    input  logic [1:0] mode,
    input  logic [I+F-1:0] a,
    input  logic [I+F-1:0] b,
    output logic [I+F-1:0] result
);
    localparam int W = I + F;

    always_ff @(posedge clock) begin
        case (mode)
            2'd0: result <= $signed(a) < $signed(b) ? b : a;
            2'd1: result <= a[W-1] ? {W{1'b0}} : a;
            2'd2: result <= a == {1'b1, {W - 1{1'b0}}} ? {1'b0, {W - 1{1'b1}}} : -a;
            default: result <= a;
        endcase
    end
endmodule
