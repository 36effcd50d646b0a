// The larger of a and b, or with `relu` of a and 0. 1 cycle.
module fixed_max #(
    parameter int I = 8,
    parameter int F = 8
) (
    input  logic clock,
    input  logic relu,
    input  logic [I+F-1:0] a,
    input  logic [I+F-1:0] b,
    output logic [I+F-1:0] result
);
    always_ff @(posedge clock) begin
        if (relu) result <= a[I+F-1] ? {I + F{1'b0}} : a;
        else result <= $signed(a) < $signed(b) ? b : a;
    end
endmodule
