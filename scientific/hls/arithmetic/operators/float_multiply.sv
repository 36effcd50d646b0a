// a * b in 2 cycles. Cycle 1: significands multiplied, exponents added. Cycle 2: normalised, rounded, packed.
module float_multiply #(
    parameter int wE = 5,
    parameter int wF = 4
) (
    input  logic clock,
    input  logic [wE+wF+2:0] a,
    input  logic [wE+wF+2:0] b,
    output logic [wE+wF+2:0] result
);
    localparam int BIAS = (1 << (wE - 1)) - 1;

    logic [1:0] class_a, class_b, kind;
    assign class_a = a[wE+wF+2:wE+wF+1];
    assign class_b = b[wE+wF+2:wE+wF+1];
    always_comb begin
        if (class_a == 2'b11 || class_b == 2'b11) kind = 2'b11;
        else if (class_a == 2'b10 || class_b == 2'b10) kind = class_a == 2'b00 || class_b == 2'b00 ? 2'b11 : 2'b10;
        else if (class_a == 2'b00 || class_b == 2'b00) kind = 2'b00;
        else kind = 2'b01;
    end

    logic [1:0] kind_1;
    logic sign_1;
    logic signed [wE+2:0] exponent_1;
    logic [2*wF+1:0] product_1;
    always_ff @(posedge clock) begin
        kind_1 <= kind;
        sign_1 <= a[wE+wF] ^ b[wE+wF];
        exponent_1 <= $signed({3'b0, a[wE+wF-1:wF]}) + $signed({3'b0, b[wE+wF-1:wF]}) - (wE + 3)'(BIAS);
        product_1 <= {{wF + 1{1'b0}}, 1'b1, a[wF-1:0]} * {{wF + 1{1'b0}}, 1'b1, b[wF-1:0]};
    end

    logic above_two;
    logic [wE+wF+2:0] packed_word;
    assign above_two = product_1[2*wF+1];
    float_pack #(.wE(wE), .wF(wF), .EXTRA(wF + 1)) pack (
        .kind(kind_1),
        .sign(sign_1),
        .exponent(exponent_1 + $signed({{wE + 2{1'b0}}, above_two})),
        .significand(above_two ? product_1 : {product_1[2*wF:0], 1'b0}),
        .result(packed_word)
    );
    always_ff @(posedge clock) result <= packed_word;
endmodule
