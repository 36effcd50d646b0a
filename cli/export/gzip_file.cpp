// Deflating with zlib (cli/export/gzip_file.h).
#include "cli/export/gzip_file.h"

#include <array>
#include <new>

namespace memo::cli {

namespace {

constexpr int kGzipWindow = 15 + 16;  // the largest window, with a gzip header around it
constexpr int kMemoryLevel = 8;       // zlib's default

}  // namespace

GzipFile::GzipFile(WholeFile& out) : out_(out) {
    if (deflateInit2(&stream_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipWindow, kMemoryLevel,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
        throw std::bad_alloc();
    }
}

GzipFile::~GzipFile() {
    deflateEnd(&stream_);
}

void GzipFile::deflate_all(std::string_view bytes, int flush) {
    std::array<char, 16384> room = {};
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream_.avail_in = static_cast<uInt>(bytes.size());
    do {
        stream_.next_out = reinterpret_cast<Bytef*>(room.data());
        stream_.avail_out = static_cast<uInt>(room.size());
        deflate(&stream_, flush);
        out_.write({room.data(), room.size() - stream_.avail_out});
    } while (stream_.avail_out == 0);
}

}  // namespace memo::cli
