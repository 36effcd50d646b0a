// The memory of one element: one write port, PORTS read ports without delay. A word written in a cycle can be read
// in the same one already: the operators' last register passes it on.
module bank #(
    parameter int W = 12,
    parameter int A = 4,      // address bits
    parameter int DEPTH = 16,
    parameter int PORTS = 3
) (
    input  logic clock,
    input  logic write,
    input  logic [A-1:0] write_address,
    input  logic [W-1:0] word,
    input  logic [PORTS*A-1:0] addresses,
    output logic [PORTS*W-1:0] words
);
    logic [W-1:0] memory[0:DEPTH-1];

    always_ff @(posedge clock) if (write) memory[write_address] <= word;

    generate
        for (genvar p = 0; p < PORTS; p++) begin : port
            logic [A-1:0] address;
            assign address = addresses[p*A+:A];
            assign words[p*W+:W] = write && write_address == address ? word : memory[address];
        end
    endgenerate
endmodule
