// Any text is a network description, a schedule or a module of OpenHLS, or one line: the first byte says
// which reader is asked. What is read can be used: small networks are lowered, and a schedule's graph holds
// its invariants.
#include "scientific/hls/front/lower.h"
#include "scientific/hls/front/network_json.h"
#include "scientific/hls/graph/openhls.h"
#include "scientific/hls/graph/openhls_module.h"
#include "tests/fuzz/one_line.h"

#include <cstdlib>

using memo::fuzz::look_at;
using namespace memo::hls;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    if (data[0] % 3 == 2) {
        look_at(parse_openhls_module(text));
        return 0;
    }
    if (data[0] % 3 == 0) {
        const auto schedule = parse_openhls(text);
        look_at(schedule);
        if (schedule && !check(schedule->graph).empty()) std::abort();
        if (schedule && find_core_fault(*schedule).find('\n') != std::string::npos) std::abort();
        return 0;
    }
    const auto network = parse_network(text);
    look_at(network);
    if (!network || network->layers.size() > 20) return 0;
    const auto shapes = shapes_of(*network);
    if (!shapes) std::abort();  // a network that was read has shapes
    if (count_macs(*network, *shapes) > 10'000) return 0;
    for (const Shape& shape : *shapes)
        if (count(shape) > 10'000) return 0;
    const auto graph = lower(fold_batch_norms(*network));
    if (!graph || !check(*graph).empty()) std::abort();
    return 0;
}
