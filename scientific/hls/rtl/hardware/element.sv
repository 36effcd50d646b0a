// An element with its memory and what its part of the instruction says (machine.sv lists the fields). Its operands
// come from the crossbar of the machine, which this module does not see.
module element #(
    parameter bit FUNCTION = 0,
    parameter bit FIXED = 0,
    parameter int HIGH = 5,
    parameter int LOW = 4,
    parameter int FACTOR = LOW,
    parameter int W = 12,
    parameter int A = 4,
    parameter int N = 2,
    parameter int DEPTH = 16,
    parameter int PORTS = 2,
    parameter logic [63:0] LOG2E = 64'd0,
    parameter logic [63:0] LN2 = 64'd0
) (
    input  logic clock,
    input  logic [N-1:0] youngest,
    input  logic [2:0] start,
    input  logic [1:0] finish,
    input  logic [W-1:0] a,
    input  logic [W-1:0] b,
    input  logic own_addend,                   // the addend is from the memory, through a port of its own
    input  logic [W-1:0] other_addend,
    input  logic [(PORTS+1)*(A+2*N)-1:0] reads,  // the last one is the addend's
    input  logic keep,                         // the result goes into the memory
    input  logic [A+2*N-1:0] destination,
    output logic [PORTS*W-1:0] words,
    output logic [W-1:0] result
);
    localparam int P = A + 2 * N;  // a place: base, mask, stage, from the lowest bit on

    logic [(PORTS+1)*A-1:0] addresses;
    logic [(PORTS+1)*W-1:0] read_words;
    logic [A-1:0] write_address;
    generate
        for (genvar p = 0; p <= PORTS; p++) begin : port
            place #(.A(A), .N(N)) at (
                .youngest(youngest), .base(reads[p*P+:A]), .mask(reads[p*P+A+:N]), .stage(reads[p*P+A+N+:N]),
                .address(addresses[p*A+:A])
            );
        end
    endgenerate
    place #(.A(A), .N(N)) to (
        .youngest(youngest), .base(destination[0+:A]), .mask(destination[A+:N]), .stage(destination[A+N+:N]),
        .address(write_address)
    );
    bank #(.W(W), .A(A), .DEPTH(DEPTH), .PORTS(PORTS + 1)) own_bank (
        .clock(clock), .write(keep), .write_address(write_address), .word(result),
        .addresses(addresses), .words(read_words)
    );
    assign words = read_words[PORTS*W-1:0];

    generate
        if (FUNCTION) begin : functions
            function_element #(.FIXED(FIXED), .HIGH(HIGH), .LOW(LOW), .W(W), .LOG2E(LOG2E), .LN2(LN2)) unit (
                .clock(clock), .finish(finish), .a(a), .b(b), .result(result)
            );
        end else begin : macs
            mac_element #(.FIXED(FIXED), .HIGH(HIGH), .LOW(LOW), .FACTOR(FACTOR), .W(W)) unit (
                .clock(clock), .start(start), .finish(finish), .a(a), .b(b),
                .addend(own_addend ? read_words[PORTS*W+:W] : other_addend), .result(result)
            );
        end
    endgenerate
endmodule
