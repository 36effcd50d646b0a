// X / Y for OpenHLS's RTL, with the ports of its FloPoCo core, LATENCY cycles with the register in front of it. That is
// fewer than float_divide takes, so the quotient is one expression with all registers behind it: for simulation.
module fdiv #(
    parameter ID = 1,
    parameter int wE = 5,
    parameter int wF = 4,
    parameter int LATENCY = 4
) (
    input  wire clk,
    input  wire [wE+wF+2:0] X,
    input  wire [wE+wF+2:0] Y,
    output wire [wE+wF+2:0] R
);
    localparam int BIAS = (1 << (wE - 1)) - 1;
    localparam int D = 2 * wF + 3;  // bits of the dividend, which gives wF + 3 quotient bits

    logic [1:0] class_x, class_y, kind;
    assign class_x = X[wE+wF+2:wE+wF+1];
    assign class_y = Y[wE+wF+2:wE+wF+1];
    always_comb begin
        if (class_x == 2'b11 || class_y == 2'b11 || (class_x == class_y && class_x != 2'b01)) kind = 2'b11;
        else if (class_x == 2'b10 || class_y == 2'b00) kind = 2'b10;
        else if (class_x == 2'b00 || class_y == 2'b10) kind = 2'b00;
        else kind = 2'b01;
    end

    logic [D-1:0] dividend, divisor, quotient;
    logic at_least_one;
    logic [wF+3:0] significand;
    logic signed [wE+2:0] exponent;
    logic [wE+wF+2:0] packed_word;
    assign dividend = {1'b1, X[wF-1:0], {wF + 2{1'b0}}};
    assign divisor = {{wF + 2{1'b0}}, 1'b1, Y[wF-1:0]};
    assign quotient = dividend / divisor;
    assign at_least_one = quotient[wF+2];
    assign significand = {quotient[wF+2:0], dividend % divisor != 0};
    assign exponent = $signed({3'b0, X[wE+wF-1:wF]}) - $signed({3'b0, Y[wE+wF-1:wF]}) + (wE + 3)'(BIAS);
    float_pack #(.wE(wE), .wF(wF), .EXTRA(3)) pack (
        .kind(kind),
        .sign(X[wE+wF] ^ Y[wE+wF]),
        .exponent(exponent - (at_least_one ? (wE + 3)'(0) : (wE + 3)'(1))),
        .significand(at_least_one ? significand : significand << 1),
        .result(packed_word)
    );
    openhls_delay #(.W(wE + wF + 3), .CYCLES(LATENCY - 1)) delay (.clk(clk), .in(packed_word), .out(R));
endmodule
