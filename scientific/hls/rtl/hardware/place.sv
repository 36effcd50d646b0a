// Where a value of one sample lies: its copies are neighbours, and that of sample n is number n mod copies. `stage` is
// how many samples younger than this one have begun. Combinational.
module place #(
    parameter int A = 4,  // address bits
    parameter int N = 2   // bits of the sample's number
) (
    input  logic [N-1:0] youngest,
    input  logic [A-1:0] base,
    input  logic [N-1:0] mask,  // copies - 1
    input  logic [N-1:0] stage,
    output logic [A-1:0] address
);
    assign address = base | A'((youngest - stage) & mask);
endmodule
