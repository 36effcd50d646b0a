// |x| in fixed point to 2^k m = e^x, in 3 cycles (exp_model.h says how, and why it is exact enough): y = x log2 e;
// table and slope; m. HIGH bits before the point of |x|, PRECISION below that of m; TABLE holds 2^(h / 2^INDEX).
module exp_core #(
    parameter int HIGH = 5,
    parameter int PRECISION = 8,
    parameter TABLE = "exp_table.hex",
    parameter logic [63:0] LOG2E = 64'd0,  // FRACTION + HIGH bits below the point
    parameter logic [63:0] LN2 = 64'd0     // FRACTION - INDEX bits below the point
) (
    input  logic clock,
    input  logic negative,
    input  logic [HIGH+PRECISION:0] magnitude,  // FRACTION bits below the point
    output logic signed [HIGH+1:0] k,
    output logic [PRECISION+1:0] m
);
    localparam int FRACTION = PRECISION + 1;
    localparam int INDEX = PRECISION / 2;
    localparam int REST = FRACTION - INDEX;
    localparam int SCALE = FRACTION + HIGH;
    localparam int PRODUCT = HIGH + FRACTION + SCALE + 2;  // log2 e is less than 2; a sign

    logic [PRECISION:0] powers[0:(1<<INDEX)-1];
    initial $readmemh(TABLE, powers);

    // Cycle 1.
    logic [PRODUCT-1:0] product, signed_product;
    logic [HIGH+1+FRACTION:0] y_1;
    assign product = PRODUCT'(magnitude) * PRODUCT'(LOG2E);
    assign signed_product = negative ? -product : product;
    always_ff @(posedge clock) y_1 <= signed_product[PRODUCT-1:SCALE];

    // Cycle 2.
    logic [INDEX-1:0] h;
    logic [2*REST-1:0] slope;
    logic signed [HIGH+1:0] k_2;
    logic [PRECISION:0] base_2;
    logic [REST-1:0] slope_2;
    assign h = y_1[FRACTION-1:REST];
    assign slope = (2 * REST)'(y_1[REST-1:0]) * (2 * REST)'(LN2);
    always_ff @(posedge clock) begin
        k_2 <= y_1[HIGH+1+FRACTION:FRACTION];
        base_2 <= powers[h];
        slope_2 <= slope[2*REST-1:REST];
    end

    // Cycle 3.
    logic [PRECISION+REST:0] correction;
    assign correction = (PRECISION + REST + 1)'(base_2) * (PRECISION + REST + 1)'(slope_2);
    always_ff @(posedge clock) begin
        k <= k_2;
        m <= {1'b0, base_2} + (PRECISION + 2)'(correction >> FRACTION);
    end
endmodule
