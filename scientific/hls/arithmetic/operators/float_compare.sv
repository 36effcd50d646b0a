// What needs no rounding, in 1 cycle. `mode` says what:
//   0  the larger of a and b, a if they are equal, NaN beside a NaN
//   1  the larger of a and 0; a NaN stays
//   2  -a
//   3  a
module float_compare #(
    parameter int wE = 5,
    parameter int wF = 4
) (
    input  logic clock,
    input  logic [1:0] mode,
    input  logic [wE+wF+2:0] a,
    input  logic [wE+wF+2:0] b,
    output logic [wE+wF+2:0] result
);
    localparam int W = wE + wF + 3;

    logic [1:0] class_a, class_b;
    logic [wE+wF+1:0] size_a, size_b;  // class above the rest: ordered as absolute values are
    logic negative_a, negative_b, less;
    assign class_a = a[W-1:W-2];
    assign class_b = b[W-1:W-2];
    // Of a zero and an infinity only the class counts.
    assign size_a = {class_a, class_a == 2'b01 ? a[wE+wF-1:0] : {wE + wF{1'b0}}};
    assign size_b = {class_b, class_b == 2'b01 ? b[wE+wF-1:0] : {wE + wF{1'b0}}};
    assign negative_a = a[wE+wF] && class_a != 2'b00;
    assign negative_b = b[wE+wF] && class_b != 2'b00;

    always_comb begin
        if (negative_a != negative_b) less = negative_a;
        else less = negative_a ? size_b < size_a : size_a < size_b;
    end

    always_ff @(posedge clock) begin
        case (mode)
            2'd0:
            if (class_a == 2'b11 || class_b == 2'b11) result <= {3'b110, {wE + wF{1'b0}}};
            else result <= less ? b : a;
            2'd1: result <= a[wE+wF] && class_a != 2'b11 ? {W{1'b0}} : a;
            2'd2: result <= {class_a, ~a[wE+wF], a[wE+wF-1:0]};
            default: result <= a;
        endcase
    end
endmodule
