// A word as a multiplier sees it: its fraction rounded to wM bits, ties to even. Combinational.
module float_factor #(
    parameter int wE = 5,
    parameter int wF = 9,
    parameter int wM = 4
) (
    input  logic [wE+wF+2:0] word,
    output logic [wE+wM+2:0] factor
);
    generate
        if (wM == wF) begin : whole
            assign factor = word;
        end else begin : rounding
            localparam int DROPPED = wF - wM;
            logic [wE+wM:0] rounded;  // a carry out of the fraction makes the exponent one more
            logic up, normal;
            assign normal = word[wE+wF+2:wE+wF+1] == 2'b01;
            if (DROPPED > 1) begin : sticky
                assign up = word[DROPPED-1] && (|word[DROPPED-2:0] || word[DROPPED]);
            end else begin : tie
                assign up = word[DROPPED-1] && word[DROPPED];
            end
            assign rounded = {1'b0, word[wE+wF-1:DROPPED]} + {{wE + wM{1'b0}}, up};
            assign factor = !normal ? {word[wE+wF+2:wE+wF], {wE + wM{1'b0}}}
                : rounded[wE+wM] ? {2'b10, word[wE+wF], {wE + wM{1'b0}}}
                : {word[wE+wF+2:wE+wF], rounded[wE+wM-1:0]};
        end
    endgenerate
endmodule
