// Encoding definitions (tracer/definitions.h, common/trace_format.h).
#include "tracer/definitions.h"

#include "common/trace_encode.h"
#include "tracer/settings.h"

#include <algorithm>
#include <cstring>
#include <ctime>

namespace memo::tracer {

constinit Output output;

std::uint64_t monotonic_ns() {
    timespec now = {};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
}

namespace definitions {
namespace {

constexpr std::size_t kCapacity = std::size_t{32} * 1024;
constexpr std::size_t kMaxBody = std::size_t{6} * 1024;  // the longest: a path of 4096 bytes and a build id
constexpr std::size_t kMaxText = 4096;
static_assert(kMaxBody > kMaxText + 4 * kMaxVarint + 64);
static_assert(kMaxBody > 6 * kMaxVarint + 2 * kMaxVarint * kMaxDepth);

constinit std::uint8_t chunk[format::kChunkHeaderBytes + kCapacity] = {};
constinit std::uint8_t body[kMaxBody] = {};
constinit std::uint32_t used = 0;
constinit std::uint32_t records = 0;
constinit std::uint64_t begin_ns = 0;

std::string_view shortened(std::string_view text) {
    return text.substr(0, kMaxText);
}

// The site defined last in this chunk: the next one is written as its difference to it.
constinit DefinedFrame last_site[kMaxDepth] = {};
constinit std::size_t last_depth = 0;

// Where frames [inner, inner + copy) of a new site are frames [skip, skip + copy) of the last one.
struct Run {
    std::size_t inner = 0;
    std::size_t skip = 0;
    std::size_t copy = 0;
};

// Stacks share their outer frames, so the run ends with one of the two; it is looked for by shifting one
// against the other. Only new sites pay for this.
Run longest_common_run(std::span<const DefinedFrame> frames) {
    Run best{frames.size(), 0, 0};
    const auto try_shift = [&](std::size_t frames_end, std::size_t last_end) {
        std::size_t copy = 0;
        while (copy < frames_end && copy < last_end &&
               frames[frames_end - copy - 1] == last_site[last_end - copy - 1]) {
            ++copy;
        }
        if (copy > best.copy) best = {frames_end - copy, last_end - copy, copy};
    };
    if (last_depth == 0 || frames.empty()) return best;
    try_shift(frames.size(), last_depth);
    for (std::size_t cut = 1; cut < last_depth && last_depth - cut > best.copy; ++cut) {
        try_shift(frames.size(), last_depth - cut);
    }
    for (std::size_t cut = 1; cut < frames.size() && frames.size() - cut > best.copy; ++cut) {
        try_shift(frames.size() - cut, last_depth);
    }
    return best;
}

std::uint8_t* put_frames(std::uint8_t* out, std::span<const DefinedFrame> frames) {
    out = put_varint(out, frames.size());
    for (const DefinedFrame& frame : frames) {
        out = put_varint(out, format::EventEncoder::id_plus_one(frame.module));
        out = put_varint(out, frame.offset);
    }
    return out;
}

void make_room() {
    if (used + 1 + kMaxVarint + kMaxBody > kCapacity) flush();
}

void add(format::Definition tag, const std::uint8_t* end) {
    make_room();
    const auto length = static_cast<std::size_t>(end - body);
    if (records == 0) begin_ns = monotonic_ns();
    std::uint8_t* const start = chunk + format::kChunkHeaderBytes + used;
    std::uint8_t* out = start;
    *out++ = static_cast<std::uint8_t>(tag);
    out = put_varint(out, length);
    std::memcpy(out, body, length);
    used += static_cast<std::uint32_t>(out + length - start);
    ++records;
}

}  // namespace

void module(std::uint32_t id, std::uint64_t base, std::uint64_t size, std::string_view path,
            std::span<const std::uint8_t> build_id) {
    std::uint8_t* out = put_varint(body, id);
    out = put_varint(out, base);
    out = put_varint(out, size);
    out = format::put_string(out, shortened(path));
    const std::size_t length = std::min<std::size_t>(build_id.size(), 64);
    out = format::put_string(out, {reinterpret_cast<const char*>(build_id.data()), length});
    add(format::Definition::module, out);
}

void site(std::uint32_t id, bool truncated, std::span<const DefinedFrame> frames) {
    make_room();
    const Run run = longest_common_run(frames);
    std::uint8_t* out = put_varint(body, id);
    *out++ = truncated ? format::kSiteTruncated : 0;
    out = put_frames(out, frames.first(run.inner));
    out = put_varint(out, run.skip);
    out = put_varint(out, run.copy);
    out = put_frames(out, frames.subspan(run.inner + run.copy));
    std::ranges::copy(frames, last_site);
    last_depth = frames.size();
    add(format::Definition::site, out);
}

void context(std::uint32_t id, std::uint32_t parent, ContextSource source, std::string_view name) {
    std::uint8_t* out = put_varint(body, id);
    out = put_varint(out, format::EventEncoder::id_plus_one(parent));
    *out++ = static_cast<std::uint8_t>(source);
    out = format::put_string(out, shortened(name));
    add(format::Definition::context, out);
}

void note(std::string_view text) {
    add(format::Definition::note, format::put_string(body, shortened(text)));
}

void thread(std::uint32_t id, std::uint64_t system_id, std::string_view name) {
    std::uint8_t* out = put_varint(body, id);
    out = put_varint(out, system_id);
    out = format::put_string(out, shortened(name));
    add(format::Definition::thread, out);
}

bool flush() {
    if (records == 0) return !output.failed();
    format::ChunkHeader header;
    header.kind = static_cast<std::uint8_t>(format::ChunkKind::definitions);
    header.records = records;
    header.begin_ns = begin_ns;
    header.end_ns = monotonic_ns();
    header.payload_bytes = used;
    format::seal_chunk(chunk, header);
    const std::size_t bytes = format::kChunkHeaderBytes + used;
    clear();
    return output.append(chunk, bytes);
}

void clear() {
    used = records = 0;
    last_depth = 0;
}

}  // namespace definitions
}  // namespace memo::tracer
