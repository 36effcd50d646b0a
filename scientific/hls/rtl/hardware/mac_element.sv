// Multiplier, adder and comparator: all but exp and divide. Starts one operation a cycle, finishes one a cycle. Which
// of the units finishes is said by the instruction of that cycle, so nothing is remembered in between.
//
//   start   0 multiply or fmac, 1 add, 2 subtract, 3 the larger, 4 relu, 5 negate, 6 copy, of a and b
//   addend  meets the product of two cycles ago, unless an addition starts
//   finish  1 the multiplier, 2 the adder, 3 the comparator (0 nothing)
module mac_element #(
    parameter bit FIXED = 0,
    parameter int HIGH = 5,  // wE, or integer bits
    parameter int LOW = 4,   // wF, or fraction bits
    parameter int FACTOR = LOW,  // wM, the fraction bits of factors (floats)
    parameter int W = 12
) (
    input  logic clock,
    input  logic [2:0] start,
    input  logic [1:0] finish,
    input  logic [W-1:0] a,
    input  logic [W-1:0] b,
    input  logic [W-1:0] addend,
    output logic [W-1:0] result
);
    logic adds;
    logic [1:0] mode;
    logic [W-1:0] product, sum, compared, left, right;
    assign adds = start == 3'd1 || start == 3'd2;
    assign left = adds ? a : product;
    assign right = adds ? b : addend;
    assign mode = start[1:0] - 2'd3;

    generate
        if (FIXED) begin : fixed
            fixed_multiply #(.I(HIGH), .F(LOW)) multiplier (.clock(clock), .a(a), .b(b), .result(product));
            fixed_add #(.I(HIGH), .F(LOW)) adder (
                .clock(clock), .subtract(start == 3'd2), .a(left), .b(right), .result(sum)
            );
            fixed_compare #(.I(HIGH), .F(LOW)) comparator (
                .clock(clock), .mode(mode), .a(a), .b(b), .result(compared)
            );
        end else begin : floating
            float_multiply #(.wE(HIGH), .wF(LOW), .wM(FACTOR)) multiplier (.clock(clock), .a(a), .b(b), .result(product));
            float_add #(.wE(HIGH), .wF(LOW)) adder (
                .clock(clock), .subtract(start == 3'd2), .a(left), .b(right), .result(sum)
            );
            float_compare #(.wE(HIGH), .wF(LOW)) comparator (
                .clock(clock), .mode(mode), .a(a), .b(b), .result(compared)
            );
        end
    endgenerate

    assign result = finish == 2'd1 ? product : finish == 2'd2 ? sum : compared;
endmodule
