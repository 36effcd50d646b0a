// -X, but +0 stays, for OpenHLS's RTL; LATENCY cycles with the register in front of it.
module fneg #(
    parameter ID = 1,
    parameter WIDTH = 12,
    parameter int LATENCY = 2
) (
    input  wire clk,
    input  wire [WIDTH-1:0] X,
    output wire [WIDTH-1:0] R
);
    wire [WIDTH-1:0] negative;
    assign negative = {X[WIDTH-1:WIDTH-2], ~X[WIDTH-3], X[WIDTH-4:0]};
    openhls_delay #(.W(WIDTH), .CYCLES(LATENCY - 1)) delay (.clk(clk), .in(X == 0 ? X : negative), .out(R));
endmodule
