// Reading the note (cli/tracer_cost.h).
#include "cli/tracer_cost.h"

#include <charconv>
#include <system_error>

namespace memo::cli {

namespace {

// Takes `words` off the front of the text.
[[nodiscard]] bool take(std::string_view& text, std::string_view words) {
    if (!text.starts_with(words)) return false;
    text.remove_prefix(words.size());
    return true;
}

[[nodiscard]] bool take(std::string_view& text, std::uint64_t& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc()) return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return true;
}

}  // namespace

std::optional<TracerCost> tracer_cost_in(std::string_view note) {
    TracerCost cost;
    if (take(note, "tracer cost: ") && take(note, cost.writing_ns) &&
        take(note, " ns of CPU time writing, ") && take(note, cost.memory_bytes) &&
        note == " bytes of memory") {
        return cost;
    }
    return std::nullopt;
}

std::optional<TracerCost> tracer_cost(const Trace& trace) {
    std::optional<TracerCost> last;
    for (const std::string& note : trace.notes) {
        if (const auto cost = tracer_cost_in(note)) last = cost;
    }
    return last;
}

std::vector<std::string> notes_beside_cost(const Trace& trace) {
    std::vector<std::string> notes;
    for (const std::string& note : trace.notes) {
        if (!tracer_cost_in(note)) notes.push_back(note);
    }
    return notes;
}

}  // namespace memo::cli
