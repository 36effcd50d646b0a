// What an element reads as one of its operands: a constant of the instruction, a number of a sample, or a line of the
// crossbar (machine.sv has the fields). Combinational.
module operand #(
    parameter int W = 12,
    parameter int N = 2,
    parameter int V = 12,
    parameter int INPUTS = 1,
    parameter int INPUT_COPIES = 1
) (
    input  logic [N-1:0] youngest,
    input  logic [N+V+1:0] field,
    input  logic [INPUT_COPIES*INPUTS*W-1:0] samples,
    input  logic [W-1:0] line,
    output logic [W-1:0] word
);
    logic [1:0] from;
    logic [N-1:0] copy;
    logic [V-1:0] what;
    logic [31:0] number;
    assign from = field[1:0];
    assign copy = (youngest - field[2+:N]) & N'(INPUT_COPIES - 1);
    assign what = field[2+N+:V];
    assign number = from == 2'd1 ? 32'(copy) * INPUTS + 32'(what) : 0;
    assign word = from == 2'd0 ? W'(what) : from == 2'd1 ? samples[number*W+:W] : line;
endmodule
