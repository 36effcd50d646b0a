// e^a in 5 cycles: to fixed point; exp_core; rounded and packed.
module float_exp #(
    parameter int wE = 5,
    parameter int wF = 4,
    parameter TABLE = "exp_table.hex",
    parameter logic [63:0] LOG2E = 64'd0,
    parameter logic [63:0] LN2 = 64'd0
) (
    input  logic clock,
    input  logic [wE+wF+2:0] a,
    output logic [wE+wF+2:0] result
);
    localparam int BIAS = (1 << (wE - 1)) - 1;
    localparam int PRECISION = wF + 4;
    localparam int FRACTION = PRECISION + 1;
    localparam int FIXED = wE + FRACTION;  // bits of |a|

    // Cycle 1. Beyond 2^wE every result is too large or too small; far below 1 all bits fall out, and e^0 = 1.
    logic [1:0] class_a, kind;
    logic negative;
    logic signed [wE+1:0] power;
    logic [FIXED-1:0] significand, magnitude;
    assign class_a = a[wE+wF+2:wE+wF+1];
    assign negative = a[wE+wF];
    assign power = $signed({2'b0, a[wE+wF-1:wF]}) - (wE + 2)'(BIAS);
    assign significand = FIXED'({1'b1, a[wF-1:0], {FRACTION - wF{1'b0}}});
    always_comb begin
        if (class_a == 2'b11) kind = 2'b11;
        else if (class_a == 2'b10 || (class_a == 2'b01 && power >= wE)) kind = negative ? 2'b00 : 2'b10;
        else kind = 2'b01;
        // The significand's last place has the weight 2^(power - wF).
        if (class_a != 2'b01) magnitude = 0;
        else if (power >= 0) magnitude = significand << power;
        else magnitude = significand >> -power;
    end

    logic [1:0] kinds[0:3];
    logic negative_1;
    logic [FIXED-1:0] magnitude_1;
    always_ff @(posedge clock) begin
        kinds[0] <= kind;
        kinds[1] <= kinds[0];
        kinds[2] <= kinds[1];
        kinds[3] <= kinds[2];
        negative_1 <= negative;
        magnitude_1 <= magnitude;
    end

    // Cycles 2 to 4.
    logic signed [wE+1:0] k;
    logic [PRECISION+1:0] m;
    exp_core #(.HIGH(wE), .PRECISION(PRECISION), .TABLE(TABLE), .LOG2E(LOG2E), .LN2(LN2)) core (
        .clock(clock), .negative(negative_1), .magnitude(magnitude_1), .k(k), .m(m)
    );

    // Cycle 5. m is less than 2.
    logic [wE+wF+2:0] packed_word;
    float_pack #(.wE(wE), .wF(wF), .EXTRA(PRECISION - wF)) pack (
        .kind(kinds[3]),
        .sign(1'b0),
        .exponent($signed({k[wE+1], k}) + (wE + 3)'(BIAS)),
        .significand(m[PRECISION:0]),
        .result(packed_word)
    );
    always_ff @(posedge clock) result <= packed_word;
endmodule
