// Finding and listing traces (cli/trace_files.h).
#include "cli/trace_files.h"

#include "cli/files.h"
#include "cli/json.h"
#include "cli/output.h"
#include "common/file_name.h"
#include "common/trace_file.h"
#include "common/trace_format.h"
#include "common/varint.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace memo::cli {

namespace {

constexpr std::size_t kMostListed = 10;

// What the tracer puts behind the file's name for the processes after the first: ".<pid>" or
// ".<pid>-<attempt>".
[[nodiscard]] bool is_process_suffix(std::string_view text) {
    if (text.size() < 2 || text.front() != '.') return false;
    text.remove_prefix(1);
    return text.find_first_not_of("0123456789-") == std::string_view::npos && text.front() != '-';
}

}  // namespace

std::vector<WrittenTrace> trace_files(const std::string& path) {
    const std::filesystem::path first(path);
    const std::string name = first.filename().string();
    std::vector<WrittenTrace> files;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(first.parent_path(), error)) {
        const std::string other = entry.path().filename().string();
        if (!other.starts_with(name)) continue;
        const std::string_view suffix = std::string_view(other).substr(name.size());
        if (!suffix.empty() && !is_process_suffix(suffix)) continue;
        const auto kind = kind_of(entry.path().string());
        if (!kind || *kind != FileKind::trace) continue;
        files.push_back({entry.path().string(), entry.file_size(error)});
    }
    std::stable_sort(files.begin(), files.end(),
                     [](const auto& a, const auto& b) { return a.bytes > b.bytes; });
    return files;
}

std::optional<pid_t> process_of_trace(const std::string& path) {
    std::array<std::uint8_t, format::kFileHeaderBytes + format::kChunkHeaderBytes + kMaxVarint> bytes{};
    std::ifstream file(path, std::ios::binary);
    file.read(reinterpret_cast<char*>(bytes.data()), bytes.size());
    if (file.gcount() != static_cast<std::streamsize>(bytes.size())) return std::nullopt;
    if (std::memcmp(bytes.data(), format::kFileMagic, sizeof format::kFileMagic) != 0) return std::nullopt;
    const auto header = format::ChunkHeader::load(bytes.data() + format::kFileHeaderBytes);
    if (header.kind != static_cast<std::uint8_t>(format::ChunkKind::process) ||
        header.codec != format::kCodecRaw) {
        return std::nullopt;
    }
    std::uint64_t process = 0;
    const std::uint8_t* record = bytes.data() + format::kFileHeaderBytes + format::kChunkHeaderBytes;
    if (get_varint(record, bytes.data() + bytes.size(), process) == nullptr) return std::nullopt;
    return static_cast<pid_t>(process);
}

std::optional<Error> make_room(const std::string& path) {
    struct stat status = {};
    if (lstat(path.c_str(), &status) == 0) {
        if (S_ISDIR(status.st_mode)) return Error{path + ": is a directory"};
        if (!S_ISREG(status.st_mode)) return Error{path + ": is not a regular file; a trace needs one"};
    }
    for (const WrittenTrace& old : trace_files(path)) unlink(old.path.c_str());
    const int probe = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (probe < 0) return Error{path + ": " + std::strerror(errno)};
    close(probe);
    if (unlink(path.c_str()) != 0) return Error{path + ": " + std::strerror(errno)};
    return std::nullopt;
}

std::string shown_path(const std::string& path, const std::string& asked_for) {
    return asked_for.find('/') == std::string::npos ? std::string(file_name(path.c_str())) : path;
}

namespace {

[[nodiscard]] Json describe(const WrittenTrace& file, const std::string& shown, const Style& style) {
    Json entry = {{"path", shown}, {"program", nullptr}, {"events", nullptr}, {"bytes", file.bytes}};
    auto source = TraceFile::open(file.path);
    if (!source) {
        say(source.error());
        return entry;
    }
    std::uint64_t events = 0;
    source->for_each([&](std::span<const Event> some) { events += some.size(); });
    const Trace& trace = source->trace();
    entry["program"] = trace.program;
    entry["events"] = events;
    if (!style.quiet && trace.dropped_events > 0) {
        say(fmt::format("{}: {} events were dropped: memory ran out in the traced process", shown,
                        trace.dropped_events));
    }
    return entry;
}

}  // namespace

void list_traces(const std::vector<WrittenTrace>& files, const std::string& asked_for, const Style& style,
                 int exit_code) {
    if (style.quiet && !style.json) return;  // what nobody sees need not be counted
    Json entries = Json::array();
    const std::size_t listed = style.json ? files.size() : std::min(files.size(), kMostListed);
    for (std::size_t i = 0; i < listed; ++i) {
        entries.push_back(describe(files[i], shown_path(files[i].path, asked_for), style));
    }
    if (style.json) return print_json(Json{{"exit_code", exit_code}, {"files", std::move(entries)}});
    for (const Json& entry : entries.items()) {
        if (entry["events"].is_null()) continue;
        say(fmt::format("{}: {}, {} events, {}", entry["path"].text(), printable(entry["program"].text()),
                        entry["events"].number(), format_bytes(entry["bytes"].number())));
    }
    if (listed < files.size())
        say(fmt::format("and {} smaller traces of other processes", files.size() - listed));
}

}  // namespace memo::cli
