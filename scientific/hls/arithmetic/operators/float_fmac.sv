// a * b + c, the product and the sum rounded each: 5 cycles from a and b. c is read 2 cycles after them, where the
// product meets it, so a chain in which each c is the result before takes 2 + 3n cycles.
module float_fmac #(
    parameter int wE = 5,
    parameter int wF = 4,
    parameter int wM = wF
) (
    input  logic clock,
    input  logic [wE+wF+2:0] a,
    input  logic [wE+wF+2:0] b,
    input  logic [wE+wF+2:0] c,
    output logic [wE+wF+2:0] result
);
    logic [wE+wF+2:0] product;
    float_multiply #(.wE(wE), .wF(wF), .wM(wM)) multiplier (.clock(clock), .a(a), .b(b), .result(product));
    float_add #(.wE(wE), .wF(wF)) adder (.clock(clock), .subtract(1'b0), .a(product), .b(c), .result(result));
endmodule
