// a + b, or a - b, in 3 cycles. Cycle 1: operands ordered by size, the smaller one shifted into place. Cycle 2:
// sum. Cycle 3: normalised, rounded, packed.
module float_add #(
    parameter int wE = 5,
    parameter int wF = 4
) (
    input  logic clock,
    input  logic subtract,
    input  logic [wE+wF+2:0] a,
    input  logic [wE+wF+2:0] b,
    output logic [wE+wF+2:0] result
);
    localparam int GUARD = 3;  // guard, round and sticky bits
    localparam int TOP = wF + GUARD;

    // Cycle 1. A zero has the significand 0 and is smaller than every normal number.
    logic [1:0] class_a, class_b, kind;
    logic sign_a, sign_b, normal_a, normal_b, swap, sign;
    assign class_a = a[wE+wF+2:wE+wF+1];
    assign class_b = b[wE+wF+2:wE+wF+1];
    assign sign_a = a[wE+wF];
    assign sign_b = b[wE+wF] ^ subtract;
    assign normal_a = class_a == 2'b01;
    assign normal_b = class_b == 2'b01;
    assign swap = {normal_a, a[wE+wF-1:0]} < {normal_b, b[wE+wF-1:0]};

    always_comb begin
        sign = swap ? sign_b : sign_a;
        if (class_a == 2'b11 || class_b == 2'b11) kind = 2'b11;
        else if (class_a == 2'b10 && class_b == 2'b10) kind = sign_a == sign_b ? 2'b10 : 2'b11;
        else if (class_a == 2'b10 || class_b == 2'b10) kind = 2'b10;
        else if (class_a == 2'b00 && class_b == 2'b00) kind = 2'b00;
        else kind = 2'b01;
        if (class_a == 2'b10) sign = sign_a;
        else if (class_b == 2'b10) sign = sign_b;
        else if (kind == 2'b00) sign = sign_a && sign_b;
    end

    logic [wE-1:0] exponent_greater, exponent_lesser, distance;
    logic [TOP:0] greater, lesser, aligned, lost;
    assign exponent_greater = swap ? b[wE+wF-1:wF] : a[wE+wF-1:wF];
    assign exponent_lesser = swap ? a[wE+wF-1:wF] : b[wE+wF-1:wF];
    assign distance = exponent_greater - exponent_lesser;
    assign greater = swap ? {normal_b, b[wF-1:0], {GUARD{1'b0}}} : {normal_a, a[wF-1:0], {GUARD{1'b0}}};
    assign lesser = swap ? {normal_a, a[wF-1:0], {GUARD{1'b0}}} : {normal_b, b[wF-1:0], {GUARD{1'b0}}};
    assign lost = lesser & ~({TOP + 1{1'b1}} << distance);
    assign aligned = (lesser >> distance) | {{TOP{1'b0}}, |lost};

    logic [1:0] kind_1;
    logic sign_1, opposite_1;
    logic [wE-1:0] exponent_1;
    logic [TOP:0] greater_1, aligned_1;
    always_ff @(posedge clock) begin
        kind_1 <= kind;
        sign_1 <= sign;
        opposite_1 <= sign_a != sign_b;
        exponent_1 <= exponent_greater;
        greater_1 <= greater;
        aligned_1 <= normal_a && normal_b ? aligned : {TOP + 1{1'b0}};
    end

    // Cycle 2.
    logic [1:0] kind_2;
    logic sign_2;
    logic [wE-1:0] exponent_2;
    logic [TOP+1:0] sum_2;
    always_ff @(posedge clock) begin
        kind_2 <= kind_1;
        sign_2 <= sign_1;
        exponent_2 <= exponent_1;
        sum_2 <= opposite_1 ? {1'b0, greater_1} - {1'b0, aligned_1} : {1'b0, greater_1} + {1'b0, aligned_1};
    end

    // Cycle 3. After a carry the lowest bit goes into the sticky one; otherwise leading zeros are shifted out.
    logic [wE+2:0] zeros;
    logic [TOP+1:0] shifted;
    logic signed [wE+2:0] exponent;
    logic vanished;
    logic [wE+wF+2:0] packed_word;
    always_comb begin
        zeros = 0;
        for (int i = 0; i <= TOP + 1; i++)
            if (sum_2[i]) zeros = (wE + 3)'(TOP + 1 - i);
        shifted = sum_2 << zeros;
        exponent = $signed({3'b0, exponent_2}) + 1 - $signed(zeros);
        vanished = kind_2 == 2'b01 && sum_2 == 0;
    end
    float_pack #(.wE(wE), .wF(wF), .EXTRA(GUARD + 1)) pack (
        .kind(vanished ? 2'b00 : kind_2),
        .sign(sign_2 && !vanished),
        .exponent(exponent),
        .significand(shifted),
        .result(packed_word)
    );
    always_ff @(posedge clock) result <= packed_word;
endmodule
