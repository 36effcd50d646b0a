// a * b in 2 cycles: product; rounded to the nearest (ties to even) and saturated.
module fixed_multiply #(
    parameter int I = 8,
    parameter int F = 8
) (
    input  logic clock,
    input  logic [I+F-1:0] a,
    input  logic [I+F-1:0] b,
    output logic [I+F-1:0] result
);
    localparam int W = I + F;

    logic signed [2*W-1:0] product_1;
    always_ff @(posedge clock) product_1 <= (2 * W)'($signed(a)) * (2 * W)'($signed(b));

    logic signed [2*W:0] rounded;
    logic [W-1:0] saturated;
    generate
        if (F == 0) begin : whole
            assign rounded = (2 * W + 1)'(product_1);
        end else begin : cut
            // Half a unit less one, and one more if the kept part is odd: a carry where it rounds up.
            logic signed [2*W:0] raised;
            assign raised = (2 * W + 1)'(product_1) + (2 * W + 1)'((1 << (F - 1)) - 1)
                            + (2 * W + 1)'({1'b0, product_1[F]});
            assign rounded = raised >>> F;
        end
    endgenerate
    fixed_saturate #(.IN(2 * W + 1), .W(W)) saturate (.value(rounded), .result(saturated));
    always_ff @(posedge clock) result <= saturated;
endmodule
