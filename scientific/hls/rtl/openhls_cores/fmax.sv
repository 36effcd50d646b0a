// The larger of X and Y, X beside a NaN, for OpenHLS's RTL; LATENCY cycles with the register in front of it.
module fmax #(
    parameter ID = 1,
    parameter WIDTH = 12,
    parameter int LATENCY = 2
) (
    input  wire clk,
    input  wire [WIDTH-1:0] X,
    input  wire [WIDTH-1:0] Y,
    output wire [WIDTH-1:0] R
);
    wire unordered, less;
    fcmplt #(ID) compare (clk, X, Y, unordered, less);
    openhls_delay #(.W(WIDTH), .CYCLES(LATENCY - 1)) delay (.clk(clk), .in(less ? Y : X), .out(R));
endmodule
