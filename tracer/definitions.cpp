// Encoding definitions (tracer/definitions.h, common/trace_format.h).
#include "tracer/definitions.h"

#include "common/trace_encode.h"
#include "tracer/chunks.h"
#include "tracer/cost.h"

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

constinit std::uint8_t payload[kCapacity] = {};
constinit std::uint8_t body[kMaxBody] = {};
constinit std::uint32_t used = 0;
constinit std::uint32_t records = 0;
constinit std::uint64_t begin_ns = 0;

std::string_view shortened(std::string_view text) {
    return text.substr(0, kMaxText);
}

void make_room() {
    if (used + 1 + kMaxVarint + kMaxBody > kCapacity) flush();
}

void add(format::Definition tag, const std::uint8_t* end) {
    make_room();
    const auto length = static_cast<std::size_t>(end - body);
    if (records == 0) begin_ns = monotonic_ns();
    std::uint8_t* const start = payload + used;
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

void site(std::uint32_t id, std::uint32_t parent, DefinedFrame frame) {
    std::uint8_t* out = put_varint(body, id);
    out = put_varint(out, format::EventEncoder::id_plus_one(parent));
    out = put_varint(out, format::EventEncoder::id_plus_one(frame.module));
    out = put_varint(out, frame.offset);
    add(format::Definition::node, out);
}

void cut_site(std::uint32_t id) {
    add(format::Definition::cut, put_varint(body, id));
}

void context(std::uint32_t id, std::uint32_t parent, ContextSource source, std::string_view name) {
    std::uint8_t* out = put_varint(body, id);
    out = put_varint(out, format::EventEncoder::id_plus_one(parent));
    *out++ = static_cast<std::uint8_t>(source);
    out = format::put_string(out, shortened(name));
    add(format::Definition::context, out);
}

void sampling(std::uint64_t mean_bytes) {
    add(format::Definition::sampling, put_varint(body, mean_bytes));
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
    const cost::Writing writing;
    if (records == 0) return !output.failed();
    const bool appended = chunks::append(format::ChunkKind::definitions, records, {payload, used}, begin_ns);
    clear();
    return appended;
}

void clear() {
    used = records = 0;
}

}  // namespace definitions
}  // namespace memo::tracer
