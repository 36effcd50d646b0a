// Gives a network the samples of samples.hex and compares its results with expected.hex, one sample or result a line.
// Prints how many words differ. For simulators without a driver in C++, such as Icarus.
module testbench #(
    parameter int W = 12,
    parameter int INPUTS = 1,
    parameter int OUTPUTS = 1,
    parameter int SAMPLES = 1
);
    logic clock = 0;
    logic reset = 1;
    logic take, valid;
    logic [INPUTS*W-1:0] sample;
    logic [OUTPUTS*W-1:0] result, wanted;
    network network (
        .clock(clock), .reset(reset), .take(take), .sample(sample), .valid(valid), .result(result)
    );

    logic [INPUTS*W-1:0] samples[0:SAMPLES-1];
    logic [OUTPUTS*W-1:0] expected[0:SAMPLES-1];
    int taken = 0;
    int given = 0;
    int different = 0;
    initial begin
        $readmemh("samples.hex", samples);
        $readmemh("expected.hex", expected);
        repeat (4) #5 clock = ~clock;
        reset = 0;
        forever #5 clock = ~clock;
    end

    assign sample = samples[taken < SAMPLES ? taken : SAMPLES - 1];
    always @(posedge clock) begin
        if (!reset && take) taken <= taken + 1;
        if (!reset && valid) begin
            wanted = expected[given];
            for (int i = 0; i < OUTPUTS; i++)
                if (result[i*W+:W] !== wanted[i*W+:W]) different = different + 1;
            given <= given + 1;
            if (given == SAMPLES - 1) begin
                $display("%0d of %0d words differ", different, SAMPLES * OUTPUTS);
                $finish;
            end
        end
    end
endmodule
