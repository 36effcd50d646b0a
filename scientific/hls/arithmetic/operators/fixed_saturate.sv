// The nearest number of W bits. Combinational.
module fixed_saturate #(
    parameter int IN = 17,
    parameter int W = 16
) (
    input  logic signed [IN-1:0] value,
    output logic [W-1:0] result
);
    logic fits;
    assign fits = value[IN-1:W-1] == {IN - W + 1{value[IN-1]}};
    assign result = fits ? value[W-1:0] : {value[IN-1], {W - 1{~value[IN-1]}}};
endmodule
