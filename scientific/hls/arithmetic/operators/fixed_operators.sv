// All fixed-point operators side by side: what the checks simulate. The results come as many cycles
// after their operands as the operators take; c is that of the fmac, read 2 cycles after a and b.
module fixed_operators #(
    parameter int I = 8,
    parameter int F = 8,
    parameter TABLE = "exp_table.hex",
    parameter logic [63:0] LOG2E = 64'd0,
    parameter logic [63:0] LN2 = 64'd0
) (
    input  logic clock,
    input  logic [I+F-1:0] a,
    input  logic [I+F-1:0] b,
    input  logic [I+F-1:0] c,
    output logic [I+F-1:0] sum,
    output logic [I+F-1:0] difference,
    output logic [I+F-1:0] product,
    output logic [I+F-1:0] quotient,
    output logic [I+F-1:0] fused,
    output logic [I+F-1:0] larger,
    output logic [I+F-1:0] positive,
    output logic [I+F-1:0] negative,
    output logic [I+F-1:0] power
);
    fixed_add #(.I(I), .F(F)) add_unit (.clock(clock), .subtract(1'b0), .a(a), .b(b), .result(sum));
    fixed_add #(.I(I), .F(F)) minus_unit (.clock(clock), .subtract(1'b1), .a(a), .b(b), .result(difference));
    fixed_multiply #(.I(I), .F(F)) multiply_unit (.clock(clock), .a(a), .b(b), .result(product));
    fixed_divide #(.I(I), .F(F)) divide_unit (.clock(clock), .a(a), .b(b), .result(quotient));
    fixed_fmac #(.I(I), .F(F)) fmac_unit (.clock(clock), .a(a), .b(b), .c(c), .result(fused));
    fixed_compare #(.I(I), .F(F)) max_unit (.clock(clock), .mode(2'd0), .a(a), .b(b), .result(larger));
    fixed_compare #(.I(I), .F(F)) relu_unit (.clock(clock), .mode(2'd1), .a(a), .b(b), .result(positive));
    fixed_compare #(.I(I), .F(F)) negate_unit (.clock(clock), .mode(2'd2), .a(a), .b(b), .result(negative));
    fixed_exp #(.I(I), .F(F), .TABLE(TABLE), .LOG2E(LOG2E), .LN2(LN2)) exp_unit (.clock(clock), .a(a), .result(power));
endmodule
