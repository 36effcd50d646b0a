// Drives float_operators or fixed_operators under Verilator: reads triples of words (a, b, c) from one file
// and writes, a cycle, the nine outputs to another. A triple goes in each cycle, its c two cycles later;
// after the last one come as many cycles as FLUSH, so output i of an operator belongs to triple i - latency.
#include "Voperators.h"
#include "verilated.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

int main(int count, char** arguments) {
    if (count != 4) return 2;
    std::FILE* in = std::fopen(arguments[1], "rb");
    std::FILE* out = std::fopen(arguments[2], "wb");
    const long flush = std::atol(arguments[3]);
    if (in == nullptr || out == nullptr) return 1;
    std::vector<std::uint64_t> triples;
    std::uint64_t buffer[3 * 4096];
    for (std::size_t got; (got = std::fread(buffer, 8, 3 * 4096, in)) > 0;)
        triples.insert(triples.end(), buffer, buffer + got);
    const long cycles = static_cast<long>(triples.size() / 3);

    VerilatedContext context;
    Voperators top{&context};
    const auto word = [&](long cycle, int which) {
        return cycle >= 0 && cycle < cycles ? triples[3 * cycle + which] : 0;
    };
    for (long cycle = 0; cycle < cycles + flush; ++cycle) {
        top.a = word(cycle, 0);
        top.b = word(cycle, 1);
        top.c = word(cycle - 2, 2);
        top.clock = 0;
        top.eval();
        const std::uint64_t row[9] = {top.sum,    top.difference, top.product,  top.quotient, top.fused,
                                      top.larger, top.positive,   top.negative, top.power};
        if (std::fwrite(row, 8, 9, out) != 9) return 1;
        top.clock = 1;
        top.eval();
    }
    return std::fclose(out) == 0 ? 0 : 1;
}
