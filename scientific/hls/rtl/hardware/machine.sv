// A scheduled network. All elements obey one wide instruction a cycle, the line `slot` of program.hex, and begin again
// after INTERVAL cycles, with the next sample. No state but the slot, the sample's number and the memories decides
// anything, so the table is the design.
//
// Fields of an element's instruction, from the lowest bit on:
//   reads        PORTS + 1 places of its own memory: A bits base, N bits copies - 1, N bits stage each
//   a, b, c      operands: 2 bits from where, N bits stage (of an input), V bits what
//                from 0: a constant, `what` itself; 1: number `what` of the sample; 2: line `what` of the crossbar,
//                port (what mod PORTS) of element (what / PORTS); 3 (c alone): the place read last
//   start        3 bits, finish 2 bits: mac_element.sv, function_element.sv
//   keep         1 bit, destination: a place
//   give         1 bit, output: O bits, which number of the result this is; its sample is that of the destination
//
// Simplified: a crossbar word goes from memory to operator without a register in between; the input memory can be read
// by all elements at once, and the output memory written by all.
module machine #(
    parameter int INTERVAL = 1,
    parameter int LATENCY = 1,
    parameter bit FIXED = 0,
    parameter int HIGH = 5,
    parameter int LOW = 4,
    parameter int FACTOR = LOW,
    parameter int W = 12,
    parameter int ELEMENTS = 1,
    parameter logic [ELEMENTS-1:0] FUNCTIONS = 0,  // which of them compute exp and divide
    parameter int INPUTS = 1,
    parameter int INPUT_COPIES = 1,
    parameter int OUTPUTS = 1,
    parameter int OUTPUT_COPIES = 1,
    parameter int PORTS = 2,
    parameter int DEPTH = 16,
    parameter int A = 4,
    parameter int N = 2,
    parameter int V = 12,
    parameter int O = 1,
    parameter int INSTRUCTION = 100,  // bits an element
    parameter int SLOT_BITS = 16,
    parameter PROGRAM = "program.hex",
    parameter logic [63:0] LOG2E = 64'd0,
    parameter logic [63:0] LN2 = 64'd0
) (
    input  logic clock,
    input  logic reset,
    output logic take,                    // the sample is taken at the end of this cycle
    input  logic [INPUTS*W-1:0] sample,
    output logic valid,                   // the result is there, one cycle after the schedule's latency
    output logic [OUTPUTS*W-1:0] result
);
    localparam int P = A + 2 * N;
    localparam int OPERAND = 2 + N + V;
    localparam int AT_A = (PORTS + 1) * P;
    localparam int AT_B = AT_A + OPERAND;
    localparam int AT_C = AT_B + OPERAND;
    localparam int AT_START = AT_C + OPERAND;
    localparam int AT_FINISH = AT_START + 3;
    localparam int AT_KEEP = AT_FINISH + 2;
    localparam int AT_DESTINATION = AT_KEEP + 1;
    localparam int AT_GIVE = AT_DESTINATION + P;
    localparam int AT_OUTPUT = AT_GIVE + 1;

    // Time.
    logic [SLOT_BITS-1:0] slot;
    logic [N-1:0] youngest;
    assign take = slot == SLOT_BITS'(INTERVAL - 1);
    always_ff @(posedge clock) begin
        if (reset) begin
            slot <= SLOT_BITS'(INTERVAL - 1);
            youngest <= {N{1'b1}};
        end else if (take) begin
            slot <= 0;
            youngest <= youngest + 1'b1;
        end else slot <= slot + 1'b1;
    end

    logic [ELEMENTS*INSTRUCTION-1:0] instructions[0:INTERVAL-1];
    logic [ELEMENTS*INSTRUCTION-1:0] now;
    initial $readmemh(PROGRAM, instructions);
    assign now = instructions[slot];

    // The last INPUT_COPIES samples.
    logic [INPUT_COPIES*INPUTS*W-1:0] samples;
    logic [N-1:0] next;
    assign next = youngest + 1'b1;
    always_ff @(posedge clock)
        if (take) samples[(next&N'(INPUT_COPIES-1))*INPUTS*W+:INPUTS*W] <= sample;

    wire [W-1:0] lines[0:ELEMENTS*PORTS-1];
    wire [W-1:0] results[0:ELEMENTS-1];
    generate
        for (genvar e = 0; e < ELEMENTS; e++) begin : unit
            wire [INSTRUCTION-1:0] mine = now[e*INSTRUCTION+:INSTRUCTION];
            wire [PORTS*W-1:0] words;
            wire [W-1:0] a, b, c;
            operand #(.W(W), .N(N), .V(V), .INPUTS(INPUTS), .INPUT_COPIES(INPUT_COPIES)) operand_a (
                .youngest(youngest), .field(mine[AT_A+:OPERAND]), .samples(samples),
                .line(lines[mine[AT_A+2+N+:V]]), .word(a)
            );
            operand #(.W(W), .N(N), .V(V), .INPUTS(INPUTS), .INPUT_COPIES(INPUT_COPIES)) operand_b (
                .youngest(youngest), .field(mine[AT_B+:OPERAND]), .samples(samples),
                .line(lines[mine[AT_B+2+N+:V]]), .word(b)
            );
            operand #(.W(W), .N(N), .V(V), .INPUTS(INPUTS), .INPUT_COPIES(INPUT_COPIES)) operand_c (
                .youngest(youngest), .field(mine[AT_C+:OPERAND]), .samples(samples),
                .line(lines[mine[AT_C+2+N+:V]]), .word(c)
            );
            element #(
                .FUNCTION(FUNCTIONS[e]), .FIXED(FIXED), .HIGH(HIGH), .LOW(LOW), .FACTOR(FACTOR), .W(W), .A(A), .N(N),
                .DEPTH(DEPTH), .PORTS(PORTS), .LOG2E(LOG2E), .LN2(LN2)
            ) element (
                .clock(clock), .youngest(youngest), .start(mine[AT_START+:3]), .finish(mine[AT_FINISH+:2]),
                .a(a), .b(b), .own_addend(mine[AT_C+:2] == 2'd3), .other_addend(c),
                .reads(mine[0+:(PORTS+1)*P]), .keep(mine[AT_KEEP]), .destination(mine[AT_DESTINATION+:P]),
                .words(words), .result(results[e])
            );
            for (genvar p = 0; p < PORTS; p++) begin : port
                assign lines[e*PORTS+p] = words[p*W+:W];
            end
        end
    endgenerate

    // The last OUTPUT_COPIES results. Written in a loop, and so at once ("blocking"); nobody else writes.
    localparam int VALID_SLOT = (LATENCY + 1) % INTERVAL;
    localparam int VALID_STAGE = (LATENCY + 1) / INTERVAL;
    localparam int STAGE_BITS = $clog2(VALID_STAGE + 2);
    logic [OUTPUT_COPIES*OUTPUTS*W-1:0] outputs;
    /* verilator lint_off BLKSEQ */
    always @(posedge clock)
        for (int e = 0; e < ELEMENTS; e++)
            if (now[e*INSTRUCTION+AT_GIVE])
                outputs[(32'((youngest - now[e*INSTRUCTION+AT_DESTINATION+A+N+:N]) & N'(OUTPUT_COPIES - 1)) * OUTPUTS
                         + 32'(now[e*INSTRUCTION+AT_OUTPUT+:O]))*W+:W] = results[e];
    /* verilator lint_on BLKSEQ */

    logic [STAGE_BITS-1:0] begun;  // samples, no more than matter
    always_ff @(posedge clock) begin
        if (reset) begun <= 0;
        else if (take && begun != STAGE_BITS'(VALID_STAGE + 1)) begun <= begun + 1'b1;
    end
    assign valid = slot == SLOT_BITS'(VALID_SLOT) && begun == STAGE_BITS'(VALID_STAGE + 1);
    assign result = outputs[((youngest-N'(VALID_STAGE))&N'(OUTPUT_COPIES-1))*OUTPUTS*W+:OUTPUTS*W];
endmodule
