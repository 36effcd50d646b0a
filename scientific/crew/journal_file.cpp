// Opening, mending and appending (journal_file.h).
#include "scientific/crew/journal_file.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

namespace memo {

Result<JournalFile> JournalFile::open(const std::string& path, const std::string& head,
                                      const std::string& kind, const Read& read) {
    std::ifstream in(path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    const auto whole = read(text);
    if (!whole) return Error{path + ": " + whole.error()};
    const bool cut = *whole < text.size();
    if (cut && *whole == 0 && !head.starts_with(text)) return Error{path + ": is no " + kind};
    if (cut && truncate(path.c_str(), static_cast<off_t>(*whole)) != 0)
        return Error{path + ": " + std::strerror(errno)};
    std::FILE* file = std::fopen(path.c_str(), "ae");
    if (file == nullptr) return Error{path + ": " + std::strerror(errno)};
    JournalFile journal(path, file);
    if (*whole == 0) {
        if (const auto error = journal.add(head)) return *error;
    }
    return journal;
}

std::optional<Error> JournalFile::add(const std::string& line) {
    if (std::fputs(line.c_str(), file_.get()) < 0 || std::fflush(file_.get()) != 0)
        return Error{path_ + ": " + std::strerror(errno)};
    return std::nullopt;
}

}  // namespace memo
