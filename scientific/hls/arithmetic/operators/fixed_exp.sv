// e^a in 5 cycles: absolute value; exp_core; shifted into place, rounded and saturated.
module fixed_exp #(
    parameter int I = 8,
    parameter int F = 8,
    parameter TABLE = "exp_table.hex",
    parameter logic [63:0] LOG2E = 64'd0,
    parameter logic [63:0] LN2 = 64'd0
) (
    input  logic clock,
    input  logic [I+F-1:0] a,
    output logic [I+F-1:0] result
);
    localparam int W = I + F;
    localparam int PRECISION = W + 3;
    localparam int FRACTION = PRECISION + 1;
    localparam int SHIFT = PRECISION - F;

    logic [W-1:0] absolute;
    logic negative_1;
    logic [I+PRECISION:0] magnitude_1;
    assign absolute = a[W-1] ? -a : a;
    always_ff @(posedge clock) begin
        negative_1 <= a[W-1];
        magnitude_1 <= (I + FRACTION)'(absolute) << (FRACTION - F);
    end

    logic signed [I+1:0] k;
    logic [PRECISION+1:0] m;
    exp_core #(.HIGH(I), .PRECISION(PRECISION), .TABLE(TABLE), .LOG2E(LOG2E), .LN2(LN2)) core (
        .clock(clock), .negative(negative_1), .magnitude(magnitude_1), .k(k), .m(m)
    );

    // m 2^k has its last place at 2^(k - PRECISION), the result at 2^-F: shifted right by SHIFT - k, never less than
    // 2 as larger results saturate. One bit more stays for rounding, and what falls out is sticky.
    localparam int MOST_SHIFT = PRECISION + 3;  // nothing left
    logic signed [31:0] right;
    logic [31:0] by;
    logic [PRECISION+2:0] wide, kept, lost;
    logic up, half, odd, too_large;
    logic [PRECISION+2:0] nearest;
    assign half = kept[0];
    assign odd = kept[1];
    always_comb begin
        right = SHIFT - 32'(k);
        too_large = 32'(k) >= I - 1;
        by = right > MOST_SHIFT ? MOST_SHIFT : right;
        wide = {m, 1'b0};
        kept = wide >> by;
        lost = wide & ~({PRECISION + 3{1'b1}} << by);
    end
    assign up = half && (lost != 0 || odd);
    assign nearest = (kept >> 1) + (PRECISION + 3)'(up);
    always_ff @(posedge clock)
        result <= too_large || nearest > (PRECISION + 3)'({1'b0, {W - 1{1'b1}}}) ? {1'b0, {W - 1{1'b1}}} : W'(nearest);
endmodule
