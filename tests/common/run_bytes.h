// Writing runs of chunks into a trace file in memory, as the tracer does: for tests. Thread safety: none.
#pragma once

#include "common/event_columns.h"
#include "tests/common/trace_bytes.h"

#include <zstd.h>

#include <memory>
#include <vector>

namespace memo::test {

class RunBytes {
  public:
    RunBytes() : context_(ZSTD_createCCtx(), ZSTD_freeCCtx) {
        ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_windowLog, format::kRunWindowLog);
    }

    // The next chunk begins a run.
    void end() { chunks_ = 0; }

    void add(TraceBytes& file, format::ChunkHeader header, const TraceBytes& payload) {
        header.codec |= format::kCodecZstd | format::kCodecRun;
        TraceBytes bytes;
        if (chunks_ > 0) {
            header.codec |= format::kCodecGoesOn;
            bytes.insert(bytes.end(), link_.begin(), link_.end());
        } else {
            ZSTD_CCtx_reset(context_.get(), ZSTD_reset_session_only);
        }
        TraceBytes packed(ZSTD_compressBound(payload.size()) + 64);
        ZSTD_inBuffer from = {payload.data(), payload.size(), 0};
        ZSTD_outBuffer to = {packed.data(), packed.size(), 0};
        ZSTD_compressStream2(context_.get(), &to, &from, ZSTD_e_flush);
        bytes.insert(bytes.end(), packed.begin(), packed.begin() + static_cast<std::ptrdiff_t>(to.pos));
        const std::size_t at = file.size();
        add_chunk(file, header, bytes);
        const auto crc = file.begin() + static_cast<std::ptrdiff_t>(at + format::kChunkCrcOffset);
        link_.assign(crc, crc + format::kRunLinkBytes);
        ++chunks_;
    }
    void add_events(TraceBytes& file, std::uint32_t thread, const std::vector<format::EventRecord>& events) {
        if (chunks_ == 0) book_->begin();
        TraceBytes payload(format::ColumnWriter::most_bytes(events.size()));
        const std::uint8_t* end = writer_->write(events, events.front().sequence, *book_, payload.data());
        payload.resize(static_cast<std::size_t>(end - payload.data()));
        format::ChunkHeader header;
        header.kind = static_cast<std::uint8_t>(format::ChunkKind::events);
        header.codec = format::kCodecColumns;
        header.thread = thread;
        header.records = static_cast<std::uint32_t>(events.size());
        header.first_sequence = events.front().sequence;
        add(file, header, payload);
    }

  private:
    std::unique_ptr<ZSTD_CCtx, std::size_t (*)(ZSTD_CCtx*)> context_;
    std::unique_ptr<format::AddressBook> book_ = std::make_unique<format::AddressBook>();
    std::unique_ptr<format::ColumnWriter> writer_ = std::make_unique<format::ColumnWriter>();
    TraceBytes link_;
    std::uint32_t chunks_ = 0;
};

}  // namespace memo::test
