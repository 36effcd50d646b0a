// a / b to the nearest, ties to even, saturated; x / 0 is the bound of x's sign, 0 / 0 is 0. W + F quotient bits of
// the absolute values, two a cycle by restoring division, then one cycle to round: (W + F + 1) / 2 + 1 cycles.
module fixed_divide #(
    parameter int I = 8,
    parameter int F = 8
) (
    input  logic clock,
    input  logic [I+F-1:0] a,
    input  logic [I+F-1:0] b,
    output logic [I+F-1:0] result
);
    localparam int W = I + F;
    localparam int STAGES = (W + F + 1) / 2;
    localparam int BITS = 2 * STAGES;

    logic [W-1:0] absolute_a;
    assign absolute_a = a[W-1] ? -a : a;

    // What goes into each stage, and what comes out of the last one.
    wire nothing[0:STAGES];  // the dividend is 0
    wire negative[0:STAGES];
    wire [W-1:0] divisor[0:STAGES];
    wire [W:0] rest[0:STAGES];       // less than the divisor
    wire [BITS-1:0] bits[0:STAGES];  // dividend bits still to come above, quotient bits so far below

    assign nothing[0] = a == 0;
    assign negative[0] = a[W-1] ^ (b[W-1] && b != 0);
    assign divisor[0] = b[W-1] ? -b : b;
    assign rest[0] = 0;
    assign bits[0] = BITS'(absolute_a) << F;

    generate
        for (genvar s = 0; s < STAGES; s++) begin : stage
            logic first, second;
            logic [W:0] upper, middle, lower, last;
            assign upper = {rest[s][W-1:0], bits[s][BITS-1]};
            assign first = upper >= {1'b0, divisor[s]};
            assign middle = first ? upper - {1'b0, divisor[s]} : upper;
            assign lower = {middle[W-1:0], bits[s][BITS-2]};
            assign second = lower >= {1'b0, divisor[s]};
            assign last = second ? lower - {1'b0, divisor[s]} : lower;

            logic nothing_out, negative_out;
            logic [W-1:0] divisor_out;
            logic [W:0] rest_out;
            logic [BITS-1:0] bits_out;
            always_ff @(posedge clock) begin
                nothing_out <= nothing[s];
                negative_out <= negative[s];
                divisor_out <= divisor[s];
                rest_out <= last;
                bits_out <= {bits[s][BITS-3:0], first, second};
            end
            assign nothing[s+1] = nothing_out;
            assign negative[s+1] = negative_out;
            assign divisor[s+1] = divisor_out;
            assign rest[s+1] = rest_out;
            assign bits[s+1] = bits_out;
        end
    endgenerate

    // Division by zero gives a quotient of ones, which saturates.
    logic up;
    logic [W+1:0] twice;
    logic signed [BITS+1:0] size, quotient;
    logic [W-1:0] saturated;
    assign twice = {rest[STAGES], 1'b0};
    assign up = twice > {2'b0, divisor[STAGES]} || (twice == {2'b0, divisor[STAGES]} && bits[STAGES][0]);
    assign size = $signed({2'b0, bits[STAGES]}) + $signed({{BITS + 1{1'b0}}, up});
    assign quotient = negative[STAGES] ? -size : size;
    fixed_saturate #(.IN(BITS + 2), .W(W)) saturate (.value(quotient), .result(saturated));
    always_ff @(posedge clock) result <= nothing[STAGES] ? {W{1'b0}} : saturated;
endmodule
