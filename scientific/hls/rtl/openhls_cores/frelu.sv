// X, or +0 if its sign is set, for OpenHLS's RTL; LATENCY cycles with the register in front of it.
module frelu #(
    parameter ID = 1,
    parameter WIDTH = 12,
    parameter int LATENCY = 2
) (
    input  wire clk,
    input  wire [WIDTH-1:0] X,
    output wire [WIDTH-1:0] R
);
    openhls_delay #(.W(WIDTH), .CYCLES(LATENCY - 1)) delay (.clk(clk), .in(X[WIDTH-3] ? {WIDTH{1'b0}} : X), .out(R));
endmodule
