// X * Y for OpenHLS's RTL, with the ports of its FloPoCo core. OpenHLS counts its own register in front of the core as
// the first of LATENCY cycles. float_multiply has 2 registers: on the falling edges it is done half a cycle before the
// second.
module fmul #(
    parameter ID = 1,
    parameter int wE = 5,
    parameter int wF = 4,
    parameter int LATENCY = 2
) (
    input  wire clk,
    input  wire [wE+wF+2:0] X,
    input  wire [wE+wF+2:0] Y,
    output wire [wE+wF+2:0] R
);
    wire [wE+wF+2:0] product;
    float_multiply #(.wE(wE), .wF(wF)) multiplier (.clock(~clk), .a(X), .b(Y), .result(product));
    openhls_delay #(.W(wE + wF + 3), .CYCLES(LATENCY - 2)) delay (.clk(clk), .in(product), .out(R));
endmodule
