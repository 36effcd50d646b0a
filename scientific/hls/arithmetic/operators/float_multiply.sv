// a * b in 2 cycles, of factors with wM of their wF fraction bits. Cycle 1: factors rounded, significands multiplied, exponents added. Cycle 2: normalised, rounded, packed.
module float_multiply #(
    parameter int wE = 5,
    parameter int wF = 4,
    parameter int wM = wF
) (
    input  logic clock,
    input  logic [wE+wF+2:0] a,
    input  logic [wE+wF+2:0] b,
    output logic [wE+wF+2:0] result
);
    localparam int BIAS = (1 << (wE - 1)) - 1;

    logic [wE+wM+2:0] left, right;
    float_factor #(.wE(wE), .wF(wF), .wM(wM)) left_factor (.word(a), .factor(left));
    float_factor #(.wE(wE), .wF(wF), .wM(wM)) right_factor (.word(b), .factor(right));

    logic [1:0] class_a, class_b, kind;
    assign class_a = left[wE+wM+2:wE+wM+1];
    assign class_b = right[wE+wM+2:wE+wM+1];
    always_comb begin
        if (class_a == 2'b11 || class_b == 2'b11) kind = 2'b11;
        else if (class_a == 2'b10 || class_b == 2'b10) kind = class_a == 2'b00 || class_b == 2'b00 ? 2'b11 : 2'b10;
        else if (class_a == 2'b00 || class_b == 2'b00) kind = 2'b00;
        else kind = 2'b01;
    end

    logic [1:0] kind_1;
    logic sign_1;
    logic signed [wE+2:0] exponent_1;
    logic [2*wM+1:0] product_1;
    always_ff @(posedge clock) begin
        kind_1 <= kind;
        sign_1 <= left[wE+wM] ^ right[wE+wM];
        exponent_1 <= $signed({3'b0, left[wE+wM-1:wM]}) + $signed({3'b0, right[wE+wM-1:wM]}) - (wE + 3)'(BIAS);
        product_1 <= {{wM + 1{1'b0}}, 1'b1, left[wM-1:0]} * {{wM + 1{1'b0}}, 1'b1, right[wM-1:0]};
    end

    // Below the fraction's place there are EXTRA bits, one at least, which may be zeros.
    localparam int EXTRA = 2 * wM + 1 > wF ? 2 * wM + 1 - wF : 1;
    localparam int PADDING = wF + EXTRA - 2 * wM - 1;
    logic above_two;
    logic [2*wM+1:0] normalised;
    logic [wF+EXTRA:0] significand;
    logic [wE+wF+2:0] packed_word;
    assign above_two = product_1[2*wM+1];
    assign normalised = above_two ? product_1 : {product_1[2*wM:0], 1'b0};
    generate
        if (PADDING > 0) begin : padded
            assign significand = {normalised, {PADDING{1'b0}}};
        end else begin : full
            assign significand = normalised;
        end
    endgenerate
    float_pack #(.wE(wE), .wF(wF), .EXTRA(EXTRA)) pack (
        .kind(kind_1),
        .sign(sign_1),
        .exponent(exponent_1 + $signed({{wE + 2{1'b0}}, above_two})),
        .significand(significand),
        .result(packed_word)
    );
    always_ff @(posedge clock) result <= packed_word;
endmodule
