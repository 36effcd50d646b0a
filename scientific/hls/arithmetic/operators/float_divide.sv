// a / b: wF + 3 quotient bits, two a cycle by restoring division, then one cycle to normalise, round and pack.
// (wF + 4) / 2 + 1 cycles.
module float_divide #(
    parameter int wE = 5,
    parameter int wF = 4
) (
    input  logic clock,
    input  logic [wE+wF+2:0] a,
    input  logic [wE+wF+2:0] b,
    output logic [wE+wF+2:0] result
);
    localparam int BIAS = (1 << (wE - 1)) - 1;
    localparam int BITS = wF + 3;  // one or none before the point
    localparam int STAGES = (BITS + 1) / 2;
    localparam int COMPUTED = 2 * STAGES;  // one more than BITS if that is odd

    logic [1:0] class_a, class_b;
    assign class_a = a[wE+wF+2:wE+wF+1];
    assign class_b = b[wE+wF+2:wE+wF+1];

    // What goes into each stage, and what comes out of the last one.
    logic [1:0] first_kind;
    wire [1:0] kind[0:STAGES];
    wire sign[0:STAGES];
    wire signed [wE+2:0] exponent[0:STAGES];
    wire [wF:0] divisor[0:STAGES];
    wire [wF+1:0] rest[0:STAGES];  // less than twice the divisor
    wire [COMPUTED-1:0] quotient[0:STAGES];

    always_comb begin
        if (class_a == 2'b11 || class_b == 2'b11 || (class_a == class_b && class_a != 2'b01)) first_kind = 2'b11;
        else if (class_a == 2'b10 || class_b == 2'b00) first_kind = 2'b10;
        else if (class_a == 2'b00 || class_b == 2'b10) first_kind = 2'b00;
        else first_kind = 2'b01;
    end
    assign kind[0] = first_kind;
    assign sign[0] = a[wE+wF] ^ b[wE+wF];
    assign exponent[0] = $signed({3'b0, a[wE+wF-1:wF]}) - $signed({3'b0, b[wE+wF-1:wF]}) + (wE + 3)'(BIAS);
    assign divisor[0] = {1'b1, b[wF-1:0]};
    assign rest[0] = {2'b01, a[wF-1:0]};
    assign quotient[0] = 0;

    generate
        for (genvar s = 0; s < STAGES; s++) begin : stage
            logic first, second;
            logic [wF+1:0] middle, last;
            assign first = rest[s] >= {1'b0, divisor[s]};
            assign middle = first ? (rest[s] - {1'b0, divisor[s]}) << 1 : rest[s] << 1;
            assign second = middle >= {1'b0, divisor[s]};
            assign last = second ? (middle - {1'b0, divisor[s]}) << 1 : middle << 1;

            logic [1:0] kind_out;
            logic sign_out;
            logic signed [wE+2:0] exponent_out;
            logic [wF:0] divisor_out;
            logic [wF+1:0] rest_out;
            logic [COMPUTED-1:0] quotient_out;
            always_ff @(posedge clock) begin
                kind_out <= kind[s];
                sign_out <= sign[s];
                exponent_out <= exponent[s];
                divisor_out <= divisor[s];
                rest_out <= last;
                quotient_out <= {quotient[s][COMPUTED-3:0], first, second};
            end
            assign kind[s+1] = kind_out;
            assign sign[s+1] = sign_out;
            assign exponent[s+1] = exponent_out;
            assign divisor[s+1] = divisor_out;
            assign rest[s+1] = rest_out;
            assign quotient[s+1] = quotient_out;
        end
    endgenerate

    // What was computed beyond BITS is sticky, like the remainder.
    logic at_least_one;
    logic [COMPUTED:0] sticky_quotient;
    logic [wE+wF+2:0] packed_word;
    assign sticky_quotient = {quotient[STAGES], |rest[STAGES]};
    assign at_least_one = quotient[STAGES][COMPUTED-1];
    float_pack #(.wE(wE), .wF(wF), .EXTRA(COMPUTED - wF)) pack (
        .kind(kind[STAGES]),
        .sign(sign[STAGES]),
        .exponent(exponent[STAGES] - (at_least_one ? (wE + 3)'(0) : (wE + 3)'(1))),
        .significand(at_least_one ? sticky_quotient : sticky_quotient << 1),
        .result(packed_word)
    );
    always_ff @(posedge clock) result <= packed_word;
endmodule
