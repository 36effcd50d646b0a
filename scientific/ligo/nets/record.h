// How a network was trained: kept in its file, so that it can be made again. Thread safety: pure functions.
#pragma once

#include "common/result.h"
#include "scientific/ligo/nets/architecture.h"
#include "scientific/ligo/nets/examples.h"

#include <cstdint>
#include <string>
#include <vector>

namespace memo::ligo {

struct TrainingOptions {
    Architecture architecture;
    ExampleOptions examples;
    int steps = 4000;
    int batch = 16;               // examples a step
    double learning_rate = 3e-3;  // Adam's at the start; falls to 0 as a cosine does
    double positive = 3;          // weight of positive frames
    double loud_share = 0.3;      // of the steps: as they pass, signals grow quieter, from `loud` more on
    double loud = 6;              // network SNR

    // Why they cannot be; empty if they can.
    [[nodiscard]] std::string wrong() const;
};

struct TrainingRecord {
    std::string name;
    TrainingOptions options;
    std::vector<double> losses;  // means of a hundred steps each
    double cpu_seconds = 0;
    std::string commit;  // of the source
    std::string torch;   // version
};

[[nodiscard]] std::string json_of(const TrainingRecord& record);
[[nodiscard]] Result<TrainingRecord> record_of_json(const std::string& text);

// The default training of model 0 to 3 of the ensemble.
[[nodiscard]] TrainingOptions training_of(int model, std::uint64_t seed);

}  // namespace memo::ligo
