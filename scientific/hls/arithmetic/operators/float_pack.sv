// Rounds a significand to the nearest float, ties to even, and packs it. Combinational.
// `significand` has its leading one at the top and EXTRA bits below the fraction's place, the lowest one sticky.
// `kind` other than normal (01) overrides: then only `kind` and `sign` count.
module float_pack #(
    parameter int wE = 5,
    parameter int wF = 4,
    parameter int EXTRA = 3
) (
    input  logic [1:0] kind,
    input  logic sign,
    input  logic signed [wE+2:0] exponent,  // biased, before rounding; room for sums and carries
    input  logic [wF+EXTRA:0] significand,
    output logic [wE+wF+2:0] result
);
    localparam int MOST_EXPONENT = (1 << wE) - 1;

    logic [wF:0] kept;
    logic round_bit, sticky, up;
    logic [wF+1:0] rounded;
    logic signed [wE+2:0] final_exponent;
    logic [wE-1:0] exponent_bits;
    logic [wF-1:0] fraction_bits;

    assign kept = significand[wF+EXTRA:EXTRA];
    assign round_bit = significand[EXTRA-1];
    generate
        if (EXTRA > 1) begin : below
            assign sticky = |significand[EXTRA-2:0];
        end else begin : nothing_below
            assign sticky = 1'b0;
        end
    endgenerate
    assign up = round_bit && (sticky || kept[0]);
    assign rounded = {1'b0, kept} + {{wF + 1{1'b0}}, up};
    assign final_exponent = exponent + $signed({{wE + 2{1'b0}}, rounded[wF+1]});

    assign exponent_bits = final_exponent[wE-1:0];
    assign fraction_bits = rounded[wF-1:0];

    always_comb begin
        if (kind == 2'b11) result = {3'b110, {wE + wF{1'b0}}};
        else if (kind != 2'b01) result = {kind, sign, {wE + wF{1'b0}}};
        else if (final_exponent < 0) result = {2'b00, sign, {wE + wF{1'b0}}};
        else if (final_exponent > MOST_EXPONENT) result = {2'b10, sign, {wE + wF{1'b0}}};
        else result = {2'b01, sign, exponent_bits, fraction_bits};
    end
endmodule
