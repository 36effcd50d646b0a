// All floating-point operators side by side: what the checks simulate. The results come as many cycles
// after their operands as the operators take; c is that of the fmac, read 2 cycles after a and b.
module float_operators #(
    parameter int wE = 5,
    parameter int wF = 4,
    parameter int wM = wF,  // fraction bits of factors
    parameter TABLE = "exp_table.hex",
    parameter logic [63:0] LOG2E = 64'd0,
    parameter logic [63:0] LN2 = 64'd0
) (
    input  logic clock,
    input  logic [wE+wF+2:0] a,
    input  logic [wE+wF+2:0] b,
    input  logic [wE+wF+2:0] c,
    output logic [wE+wF+2:0] sum,
    output logic [wE+wF+2:0] difference,
    output logic [wE+wF+2:0] product,
    output logic [wE+wF+2:0] quotient,
    output logic [wE+wF+2:0] fused,
    output logic [wE+wF+2:0] larger,
    output logic [wE+wF+2:0] positive,
    output logic [wE+wF+2:0] negative,
    output logic [wE+wF+2:0] power
);
    float_add #(.wE(wE), .wF(wF)) add_unit (.clock(clock), .subtract(1'b0), .a(a), .b(b), .result(sum));
    float_add #(.wE(wE), .wF(wF)) minus_unit (.clock(clock), .subtract(1'b1), .a(a), .b(b), .result(difference));
    float_multiply #(.wE(wE), .wF(wF), .wM(wM)) multiply_unit (.clock(clock), .a(a), .b(b), .result(product));
    float_divide #(.wE(wE), .wF(wF)) divide_unit (.clock(clock), .a(a), .b(b), .result(quotient));
    float_fmac #(.wE(wE), .wF(wF), .wM(wM)) fmac_unit (.clock(clock), .a(a), .b(b), .c(c), .result(fused));
    float_compare #(.wE(wE), .wF(wF)) max_unit (.clock(clock), .mode(2'd0), .a(a), .b(b), .result(larger));
    float_compare #(.wE(wE), .wF(wF)) relu_unit (.clock(clock), .mode(2'd1), .a(a), .b(b), .result(positive));
    float_compare #(.wE(wE), .wF(wF)) negate_unit (.clock(clock), .mode(2'd2), .a(a), .b(b), .result(negative));
    float_exp #(.wE(wE), .wF(wF), .TABLE(TABLE), .LOG2E(LOG2E), .LN2(LN2)) exp_unit (.clock(clock), .a(a), .result(power));
endmodule
