// Divider and exponential. Starts one operation a cycle and finishes one a cycle: 1 the divider, 2 the exponential.
module function_element #(
    parameter bit FIXED = 0,
    parameter int HIGH = 5,
    parameter int LOW = 4,
    parameter int W = 12,
    parameter TABLE = "exp_table.hex",
    parameter logic [63:0] LOG2E = 64'd0,
    parameter logic [63:0] LN2 = 64'd0
) (
    input  logic clock,
    input  logic [1:0] finish,
    input  logic [W-1:0] a,
    input  logic [W-1:0] b,
    output logic [W-1:0] result
);
    logic [W-1:0] quotient, power;
    generate
        if (FIXED) begin : fixed
            fixed_divide #(.I(HIGH), .F(LOW)) divider (.clock(clock), .a(a), .b(b), .result(quotient));
            fixed_exp #(.I(HIGH), .F(LOW), .TABLE(TABLE), .LOG2E(LOG2E), .LN2(LN2)) exponential (
                .clock(clock), .a(a), .result(power)
            );
        end else begin : floating
            float_divide #(.wE(HIGH), .wF(LOW)) divider (.clock(clock), .a(a), .b(b), .result(quotient));
            float_exp #(.wE(HIGH), .wF(LOW), .TABLE(TABLE), .LOG2E(LOG2E), .LN2(LN2)) exponential (
                .clock(clock), .a(a), .result(power)
            );
        end
    endgenerate
    assign result = finish == 2'd1 ? quotient : power;
endmodule
