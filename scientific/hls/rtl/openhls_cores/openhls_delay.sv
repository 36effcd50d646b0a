// CYCLES registers in a row; none: a wire.
module openhls_delay #(
    parameter int W = 12,
    parameter int CYCLES = 1
) (
    input  wire clk,
    input  wire [W-1:0] in,
    output wire [W-1:0] out
);
    generate
        if (CYCLES == 0) begin : wired
            assign out = in;
        end else begin : registered
            logic [W-1:0] stage[0:CYCLES-1];
            always_ff @(posedge clk) begin
                stage[0] <= in;
                for (int i = 1; i < CYCLES; i++) stage[i] <= stage[i-1];
            end
            assign out = stage[CYCLES-1];
        end
    endgenerate
endmodule
