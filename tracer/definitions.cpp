// Encoding definitions (tracer/definitions.h, common/trace_format.h).
#include "tracer/definitions.h"

#include "common/definition_columns.h"
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

constinit format::DefinitionColumns<512> frames;  // that are not in `payload` yet; then come nodes
constinit format::DefinitionColumns<4096> nodes;  // long columns compress better than short ones

constexpr std::size_t kCapacity = std::size_t{96} * 1024;
constexpr std::size_t kMaxBody = decltype(nodes)::kMostBytes;  // the longest
constexpr std::size_t kMaxText = 4096;
static_assert(kMaxBody > kMaxText + 4 * kMaxVarint + 64);  // a module with its path and build id
static_assert(kMaxBody >= decltype(frames)::kMostBytes);

constinit std::uint8_t payload[kCapacity] = {};
constinit std::uint8_t body[kMaxBody] = {};
constinit std::uint32_t used = 0;
constinit std::uint32_t records = 0;
constinit std::uint64_t begin_ns = 0;

std::string_view shortened(std::string_view text) {
    return text.substr(0, kMaxText);
}

void append_payload() {
    chunks::append(format::ChunkKind::definitions, records, {payload, used}, begin_ns);
    used = records = 0;
}

void add(format::Definition tag, const std::uint8_t* end) {
    const auto length = static_cast<std::size_t>(end - body);
    if (used + 1 + kMaxVarint + length > kCapacity) append_payload();
    if (records == 0) begin_ns = monotonic_ns();
    std::uint8_t* const start = payload + used;
    std::uint8_t* out = start;
    *out++ = static_cast<std::uint8_t>(tag);
    out = put_varint(out, length);
    std::memcpy(out, body, length);
    used += static_cast<std::uint32_t>(out + length - start);
    ++records;
}

void add_frames() {
    if (!frames.empty()) add(format::Definition::frames, frames.write(body));
    frames.clear();
}

void add_nodes() {
    add_frames();
    if (!nodes.empty()) add(format::Definition::nodes, nodes.write(body));
    nodes.clear();
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

void frame(std::uint32_t id, std::uint32_t module, std::uint64_t offset) {
    if (!frames.takes(id)) add_frames();
    frames.add(id, format::EventEncoder::id_plus_one(module), offset);
}

void node(std::uint32_t id, const Node& node) {
    if (!nodes.takes(id)) add_nodes();
    nodes.add(id, format::parent_code(id, node.parent), format::EventEncoder::id_plus_one(node.frame));
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
    tracer::nodes::define_new();
    add_nodes();
    if (records > 0) append_payload();
    return !output.failed();
}

void clear() {
    frames.clear();
    nodes.clear();
    used = records = 0;
}

}  // namespace definitions
}  // namespace memo::tracer
