// X < Y, for fmax of OpenHLS's RTL, with the ports of its FloPoCo core in their order. Combinational.
module fcmplt #(
    parameter ID = 1,
    parameter int wE = 5,
    parameter int wF = 4
) (
    input  wire clk,
    input  wire [wE+wF+2:0] X,
    input  wire [wE+wF+2:0] Y,
    output wire unordered,
    output wire XltY
);
    wire [1:0] class_x, class_y;
    wire negative_x, negative_y;
    wire [wE+wF+1:0] size_x, size_y;  // class above the rest: ordered as absolute values are
    assign class_x = X[wE+wF+2:wE+wF+1];
    assign class_y = Y[wE+wF+2:wE+wF+1];
    assign negative_x = X[wE+wF] && class_x != 2'b00;
    assign negative_y = Y[wE+wF] && class_y != 2'b00;
    assign size_x = {class_x, class_x == 2'b01 ? X[wE+wF-1:0] : {wE + wF{1'b0}}};
    assign size_y = {class_y, class_y == 2'b01 ? Y[wE+wF-1:0] : {wE + wF{1'b0}}};
    assign unordered = class_x == 2'b11 || class_y == 2'b11;
    assign XltY = !unordered && (negative_x != negative_y ? negative_x : negative_x ? size_y < size_x : size_x < size_y);
endmodule
