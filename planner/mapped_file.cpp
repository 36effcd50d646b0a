// Opening, mapping and the fallback that reads.
#include "planner/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace memo::planner {
namespace {

class Descriptor {
  public:
    explicit Descriptor(const std::string& path) : number_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (number_ >= 0) close(number_);
    }
    [[nodiscard]] int number() const { return number_; }

  private:
    int number_;
};

// All that is left. False and errno if it cannot be read.
bool read_all(int file, std::string& bytes) {
    constexpr std::size_t kStep = std::size_t{1} << 20;
    for (;;) {
        const std::size_t held = bytes.size();
        bytes.resize(held + kStep);
        const ssize_t got = ::read(file, bytes.data() + held, kStep);
        bytes.resize(held + (got > 0 ? static_cast<std::size_t>(got) : 0));
        if (got == 0) return true;
        if (got < 0 && errno != EINTR) return false;
    }
}

}  // namespace

Result<MappedFile> MappedFile::open(const std::string& path) {
    const auto failed = [&] { return Error{path + ": " + std::strerror(errno)}; };
    const Descriptor file(path);
    struct stat about {};
    if (file.number() < 0 || fstat(file.number(), &about) != 0) return failed();
    MappedFile mapped;
    if (S_ISREG(about.st_mode) && about.st_size > 0) {
        const auto size = static_cast<std::size_t>(about.st_size);
        void* const map = mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file.number(), 0);
        if (map != MAP_FAILED) {
            mapped.map_ = map;
            mapped.size_ = size;
            return mapped;
        }
    }
    if (!read_all(file.number(), mapped.read_)) return failed();
    return mapped;
}

MappedFile::~MappedFile() {
    if (map_ != nullptr) munmap(map_, size_);
}

}  // namespace memo::planner
