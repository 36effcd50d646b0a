// Following and unpacking runs (common/chunk_runs.h). No number of a file is used before it is known to be in
// range, and nothing is unpacked beyond what a payload may be.
#include "common/chunk_runs.h"

#include <zstd.h>

#include <algorithm>
#include <cstring>

namespace memo::format {
namespace {

using Octets = std::span<const std::uint8_t>;

bool goes_on(const ChunkHeader& header) {
    return (header.codec & kCodecGoesOn) != 0;
}

}  // namespace

std::optional<std::uint32_t> RunTails::place(const ChunkHeader& header, Octets payload) {
    const std::uint64_t key = std::uint64_t{header.kind} << 32U | header.thread;
    if (!goes_on(header)) {
        tails_[key] = {header.crc, runs_, 1};
        return runs_++;
    }
    const auto tail = tails_.find(key);
    if (tail == tails_.end()) return std::nullopt;
    std::uint32_t before = 0;
    if (payload.size() >= sizeof before) std::memcpy(&before, payload.data(), sizeof before);
    const bool follows = payload.size() >= sizeof before && before == tail->second.crc;
    if (!follows || tail->second.chunks >= kLongestRun) {
        tails_.erase(tail);
        return std::nullopt;
    }
    tail->second.crc = header.crc;
    ++tail->second.chunks;
    return tail->second.run;
}

void RunReader::Free::operator()(ZSTD_DCtx_s* context) const {
    ZSTD_freeDCtx(context);
}

std::optional<Octets> RunReader::unpack(const ChunkHeader& header, Octets payload) {
    if (goes_on(header)) {
        if (!sound_ || payload.size() < kRunLinkBytes) return std::nullopt;
        payload = payload.subspan(kRunLinkBytes);
    } else {
        sound_ = true;
        if (context_ != nullptr) ZSTD_DCtx_reset(context_.get(), ZSTD_reset_session_only);
    }
    if ((header.codec & kCodecZstd) == 0) return payload;
    sound_ = inflate(payload, most_payload(header.kind));
    if (!sound_) return std::nullopt;
    return Octets(unpacked_.data(), held_);
}

bool RunReader::inflate(Octets bytes, std::size_t most) {
    if (context_ == nullptr) {
        context_.reset(ZSTD_createDCtx());
        if (context_ == nullptr) return false;
        ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, kRunWindowLog);
    }
    constexpr std::size_t kFirst = std::size_t{64} * 1024;
    unpacked_.resize(std::max(unpacked_.size(), kFirst));
    ZSTD_inBuffer from = {bytes.data(), bytes.size(), 0};
    ZSTD_outBuffer to = {unpacked_.data(), unpacked_.size(), 0};
    for (;;) {
        const std::size_t left = ZSTD_decompressStream(context_.get(), &to, &from);
        // 0: the frame ended, which the frame of a run does not.
        if (ZSTD_isError(left) != 0 || left == 0) return false;
        if (to.pos == to.size) {
            if (to.size > most) return false;
            unpacked_.resize(std::min(2 * to.size, most + 1));
            to.dst = unpacked_.data();
            to.size = unpacked_.size();
        } else if (from.pos == from.size) {
            break;
        }
    }
    held_ = to.pos;
    return held_ <= most;
}

}  // namespace memo::format
