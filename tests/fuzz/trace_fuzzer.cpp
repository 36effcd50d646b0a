// Fuzzing the reader of traces. The first byte says whether checksums are mended first (bit 0), so that the
// fuzzer gets past them and into the payloads.
#include "common/trace_encode.h"
#include "common/trace_reader.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>
#include <utility>
#include <vector>

namespace {

using namespace memo;

// Makes the file header right, the checksum of every chunk that fits, and what of a run goes on from which.
void mend(std::vector<std::uint8_t>& file) {
    if (file.size() < format::kFileHeaderBytes) return;
    format::put_file_header(file.data());
    std::size_t at = format::kFileHeaderBytes;
    std::map<std::pair<std::uint8_t, std::uint32_t>, std::uint32_t> last;  // checksum, by kind and thread
    while (file.size() - at >= format::kChunkHeaderBytes) {
        format::ChunkHeader header = format::ChunkHeader::load(file.data() + at);
        header.version = format::kVersion;
        header.codec &= format::kCodecColumns | format::kCodecRun | format::kCodecGoesOn;
        const std::size_t room = file.size() - at - format::kChunkHeaderBytes;
        header.payload_bytes = static_cast<std::uint32_t>(header.payload_bytes % (room + 1));
        std::uint32_t& crc = last[{header.kind, header.thread}];
        const bool linked = (header.codec & format::kCodecGoesOn) != 0 && header.payload_bytes >= sizeof crc;
        if (linked) std::memcpy(file.data() + at + format::kChunkHeaderBytes, &crc, sizeof crc);
        format::seal_chunk(file.data() + at, header);
        crc = format::ChunkHeader::load(file.data() + at).crc;
        at += format::kChunkHeaderBytes + header.payload_bytes;
    }
}

void require(bool holds) {
    if (!holds) std::abort();
}

void check_valid(const Trace& trace) {
    const auto in = [](std::uint32_t index, const auto& table) {
        return index == kNone || index < table.size();
    };
    for (std::size_t i = 0; i < trace.events.size(); ++i) {
        const Event& event = trace.events[i];
        require(i == 0 || trace.events[i - 1].sequence < event.sequence);
        require(event.thread < trace.threads.size() && in(event.site, trace.sites) &&
                in(event.context, trace.contexts));
    }
    for (std::size_t i = 0; i < trace.contexts.size(); ++i) {
        require(trace.contexts[i].parent == kNone || trace.contexts[i].parent < i);
    }
    for (std::uint32_t site = 0; site < trace.sites.size(); ++site) {
        for (const Frame frame : trace.sites.frames(site)) require(in(frame.module, trace.modules));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    std::vector<std::uint8_t> file(data + 1, data + size);
    if ((data[0] & 1) != 0) mend(file);
    const auto trace = parse_trace(file, "fuzz");
    if (trace.ok()) {
        check_valid(*trace);
    } else {
        require(!trace.error().empty() && trace.error().find('\n') == std::string::npos);
    }
    return 0;
}
