// speedscope's own JSON (cli/export/exports.h; https://www.speedscope.app/file-format-schema.json): one
// "sampled" profile a weight, each stack a sample that weighs what it allocated.
#include "cli/export/exports.h"
#include "cli/json.h"
#include "common/version.h"

namespace memo::cli {

namespace {

struct Titled {
    Weight weight;
    const char* title;
};
constexpr Titled kProfiles[] = {{Weight::allocated, "bytes allocated"},
                                {Weight::peak, "bytes live at the peak"},
                                {Weight::temporary, "bytes of temporary allocations"},
                                {Weight::allocations, "allocations"}};

void write_profile(const std::vector<FunctionStack>& stacks, const Titled& profile, WholeFile& out) {
    std::string weights;
    std::uint64_t total = 0;
    out.write(R"({"type":"sampled","name":)" + Json(profile.title).dump() + R"(,"unit":")" +
              (profile.weight == Weight::allocations ? "none" : "bytes") + R"(","samples":[)");
    for (const FunctionStack& stack : stacks) {
        const std::uint64_t amount = stack.weights.at(static_cast<std::size_t>(profile.weight));
        if (amount == 0) continue;
        std::string sample;
        for (const std::uint32_t function : stack.functions)
            sample += (sample.empty() ? "" : ",") + std::to_string(function);
        out.write((weights.empty() ? "[" : ",[") + sample + "]");
        weights += (weights.empty() ? "" : ",") + std::to_string(amount);
        total += amount;
    }
    out.write(R"(],"weights":[)" + weights + R"(],"startValue":0,"endValue":)" + std::to_string(total) + "}");
}

}  // namespace

void export_speedscope(const Exported& what, WholeFile& out) {
    const std::vector<FunctionStack> stacks = function_stacks(what);
    out.write(R"({"$schema":"https://www.speedscope.app/file-format-schema.json","exporter":"memo )" +
              std::string(kVersion) + R"(","name":)" + Json(what.trace.program).dump() +
              R"(,"shared":{"frames":[)");
    bool first = true;
    for (const FunctionName& function : what.frames.functions()) {
        out.write((first ? "" : ",") +
                  Json{{"name", function.name}, {"file", module_name(what.trace, function.module)}}.dump());
        first = false;
    }
    out.write("]},\"profiles\":[");
    for (const Titled& profile : kProfiles) {
        if (profile.weight != kProfiles[0].weight) out.write(",");
        write_profile(stacks, profile, out);
    }
    out.write("]}\n");
}

}  // namespace memo::cli
