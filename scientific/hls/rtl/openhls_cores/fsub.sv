// X - Y for OpenHLS's RTL, with the ports of its FloPoCo core. OpenHLS counts its own register in front of the core as
// the first of LATENCY cycles. float_add has 3 registers: on the falling edges it is done half a cycle before the third.
module fsub #(
    parameter ID = 1,
    parameter int wE = 5,
    parameter int wF = 4,
    parameter int LATENCY = 3
) (
    input  wire clk,
    input  wire [wE+wF+2:0] X,
    input  wire [wE+wF+2:0] Y,
    output wire [wE+wF+2:0] R
);
    wire [wE+wF+2:0] sum;
    float_add #(.wE(wE), .wF(wF)) adder (.clock(~clk), .subtract(1'b1), .a(X), .b(Y), .result(sum));
    openhls_delay #(.W(wE + wF + 3), .CYCLES(LATENCY - 3)) delay (.clk(clk), .in(sum), .out(R));
endmodule
