// a * b + c, the product and the sum rounded each: 3 cycles from a and b. c is read 2 cycles after them.
module fixed_fmac #(
    parameter int I = 8,
    parameter int F = 8
) (
    input  logic clock,
    input  logic [I+F-1:0] a,
    input  logic [I+F-1:0] b,
    input  logic [I+F-1:0] c,
    output logic [I+F-1:0] result
);
    logic [I+F-1:0] product;
    fixed_multiply #(.I(I), .F(F)) multiplier (.clock(clock), .a(a), .b(b), .result(product));
    fixed_add #(.I(I), .F(F)) adder (.clock(clock), .subtract(1'b0), .a(product), .b(c), .result(result));
endmodule
