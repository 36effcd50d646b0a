// Node names from ONNX Runtime: which node of the model's graph runs.
//
// The runtime has no callback for that, and its builds are stripped. But every kernel runs through one
// virtual function, `Status OpKernel::Compute(OpKernelContext*)`, and type information finds the tables of
// all classes that derive from OpKernel (derived_classes.h). In each table our `compute` takes the place of
// the class's own, which it calls between the beginning and the end of a scope `onnx::NODE`. The node's name
// is asked for through the runtime's public C interface (KernelInfo_GetNodeName), whose order never changes:
// an OrtKernelInfo is the OpKernelInfo that each OpKernel holds as its first member. A node without a name is
// called by its first output.
//
// Invariants: no thread-local state here; versions whose sources were not looked at are left alone, and so is
// a library in which anything is not as expected; a table's slot is changed by one store of a word, so a
// kernel that runs meanwhile runs either way. Exceptions pass through `compute`.
#include "tracer/tags/api.h"
#include "tracer/tags/derived_classes.h"
#include "tracer/tags/hidden.h"

#include <dlfcn.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

namespace memo::tags {
namespace {

constexpr const char* kLibrary = "libonnxruntime.so";
constexpr const char* kBase = "N11onnxruntime8OpKernelE";
constexpr std::size_t kComputeSlot = 2;  // behind the two destructors
constexpr const char* kScope = "onnx::";
// 1.15 was the first with KernelInfo_GetNodeName; OpKernel is the same up to 1.22.
constexpr long kOldestMinor = 15;
constexpr long kNewestMinor = 22;
constexpr std::uint32_t kApiVersion = 15;

// Places in the table of functions that is OrtApi.
constexpr std::size_t kReleaseStatus = 93;
constexpr std::size_t kGetOutputName = 233;
constexpr std::size_t kGetNodeName = 244;

using Function = void (*)();
struct ApiBase {
    const Function* (*get_api)(std::uint32_t version);
    const char* (*get_version)();
};
using GetNodeName = void* (*)(const void* info, char* name, std::size_t* bytes);
using GetOutputName = void* (*)(const void* info, std::size_t output, char* name, std::size_t* bytes);
using ReleaseStatus = void (*)(void* status);

struct Interface {
    GetNodeName node_name = nullptr;
    GetOutputName output_name = nullptr;
    ReleaseStatus release_status = nullptr;
};

struct Kernel {
    const Word* table;
    const void* info;
};
// Status is returned in memory of the caller's, whose address comes first.
using Compute = void* (*)(void* status, Kernel* kernel, void* context);

constinit const memo_tags_host* host = nullptr;
constinit Interface runtime;

// The classes' own functions, by table: open addressing, at most half full, never changed once it is in use.
struct Original {
    const Word* table = nullptr;
    Compute compute = nullptr;
};
constinit Original* originals = nullptr;
constinit std::size_t mask = 0;

std::size_t home_of(const Word* table) {
    return (reinterpret_cast<std::uintptr_t>(table) >> 3U) * 0x9e3779b97f4a7c15U >> 20U & mask;
}

Original& place_of(const Word* table) {
    std::size_t at = home_of(table);
    while (originals[at].table != nullptr && originals[at].table != table) at = (at + 1) & mask;
    return originals[at];
}

// Whether the runtime gave a name, and one that is not empty.
bool is_named(void* status, const char* name) {
    if (status != nullptr) runtime.release_status(status);
    return status == nullptr && *name != '\0';
}

// The scope of a node's run; ends with the run, also by an exception.
class Node {
  public:
    explicit Node(const Kernel& kernel) {
        char text[1024];
        char* const name = text + std::strlen(kScope);
        std::memcpy(text, kScope, std::strlen(kScope) + 1);
        if (write_name(kernel.info, name, sizeof text - std::strlen(kScope))) token_ = host->begin(text);
    }
    ~Node() { host->end(token_); }
    Node(const Node&) = delete;
    Node& operator=(const Node&) = delete;

  private:
    static bool write_name(const void* info, char* name, std::size_t room) {
        if (info == nullptr) return false;
        const Hidden work(host);
        std::size_t bytes = room;
        if (is_named(runtime.node_name(info, name, &bytes), name)) return true;
        bytes = room;
        return is_named(runtime.output_name(info, 0, name, &bytes), name);
    }

    std::uint32_t token_ = UINT32_MAX;  // nothing to end
};

void* compute(void* status, Kernel* kernel, void* context) {
    const Compute original = place_of(kernel->table).compute;
    const Node node(*kernel);
    return original(status, kernel, context);
}

struct Found {
    std::string path;
    MappedLibrary library;
};

template <class T>
std::span<T> span_of(std::uintptr_t start, std::size_t bytes) {
    return {reinterpret_cast<T*>(start), bytes / sizeof(T)};  // NOLINT(performance-no-int-to-ptr)
}

int look_at(dl_phdr_info* info, std::size_t /*size*/, void* data) {
    const char* slash = std::strrchr(info->dlpi_name, '/');
    const char* name = slash == nullptr ? info->dlpi_name : slash + 1;
    if (std::strncmp(name, kLibrary, std::strlen(kLibrary)) != 0) return 0;
    auto& found = *static_cast<Found*>(data);
    found.path = info->dlpi_name;
    for (const ElfW(Phdr) & segment : std::span(info->dlpi_phdr, info->dlpi_phnum)) {
        const std::uintptr_t start = info->dlpi_addr + segment.p_vaddr;
        if (segment.p_type == PT_GNU_RELRO) found.library.sealed = {start, start + segment.p_memsz};
        if (segment.p_type != PT_LOAD) continue;
        const bool written = (segment.p_flags & PF_W) != 0;
        if ((segment.p_flags & PF_X) != 0) found.library.code.push_back({start, start + segment.p_memsz});
        if (!written)  // of some linkers, constants lie among the code
            found.library.constants.push_back(span_of<const char>(start, segment.p_filesz));
        const std::uintptr_t aligned = (start + sizeof(Word) - 1) / sizeof(Word) * sizeof(Word);
        if (written && aligned < start + segment.p_filesz)
            found.library.data.push_back(span_of<Word>(aligned, start + segment.p_filesz - aligned));
    }
    return 1;
}

// The runtime's functions, where it is a version that we know.
bool read_interface(const std::string& path) {
    void* library = dlopen(path.c_str(), RTLD_LAZY | RTLD_NOLOAD);
    if (library == nullptr) return false;
    const auto get_base = reinterpret_cast<const ApiBase* (*)()>(dlsym(library, "OrtGetApiBase"));
    dlclose(library);  // it stays as long as the program wants it
    const ApiBase* base = get_base == nullptr ? nullptr : get_base();
    const char* version = base == nullptr ? nullptr : base->get_version();
    if (version == nullptr || std::strncmp(version, "1.", 2) != 0) return false;
    const long minor = std::strtol(version + 2, nullptr, 10);
    if (minor < kOldestMinor || minor > kNewestMinor) return false;
    const Function* functions = base->get_api(kApiVersion);
    if (functions == nullptr) return false;
    runtime = {reinterpret_cast<GetNodeName>(functions[kGetNodeName]),
               reinterpret_cast<GetOutputName>(functions[kGetOutputName]),
               reinterpret_cast<ReleaseStatus>(functions[kReleaseStatus])};
    return true;
}

// Pages of the library, writable while one lives.
class Unsealed {
  public:
    explicit Unsealed(const MappedLibrary::Range& range) {
        const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
        start_ = range.start / page * page;
        // What the loader seals ends with a whole page; what lies behind stays writable.
        bytes_ = range.end / page * page - start_;
        done_ = range.start == range.end || set(PROT_READ | PROT_WRITE);
    }
    ~Unsealed() {
        if (done_ && bytes_ != 0) (void)set(PROT_READ);
    }
    Unsealed(const Unsealed&) = delete;
    Unsealed& operator=(const Unsealed&) = delete;
    [[nodiscard]] bool done() const { return done_; }

  private:
    [[nodiscard]] bool set(int protection) const {
        void* start = reinterpret_cast<void*>(start_);  // NOLINT(performance-no-int-to-ptr)
        return mprotect(start, bytes_, protection) == 0;
    }
    std::uintptr_t start_ = 0;
    std::size_t bytes_ = 0;
    bool done_ = false;
};

// False where no kernel was found, or their tables cannot be written.
bool take_over(const MappedLibrary& library) {
    // In the child of a fork that happened meanwhile: some tables may be ours, and go by what is there
    // already.
    if (originals != nullptr) return true;
    std::vector<Word*> tables = tables_of_classes_from(kBase, library, type_kinds());
    std::erase_if(tables, [&](const Word* table) { return !library.is_code(table[kComputeSlot]); });
    if (tables.empty()) return false;
    mask = std::bit_ceil(2 * tables.size()) - 1;
    originals = static_cast<Original*>(host->allocate((mask + 1) * sizeof(Original)));
    if (originals == nullptr) return false;
    std::uninitialized_value_construct_n(originals, mask + 1);
    for (Word* table : tables)
        place_of(table) = {table, reinterpret_cast<Compute>(table[kComputeSlot])};  // NOLINT
    const Unsealed unsealed(library.sealed);
    if (!unsealed.done()) return false;
    for (Word* table : tables)
        __atomic_store_n(&table[kComputeSlot], reinterpret_cast<Word>(&compute), __ATOMIC_RELEASE);
    return true;
}

}  // namespace
}  // namespace memo::tags

const char memo_tags_built_for[] = "";

int memo_tags_start(const struct memo_tags_host* tracer) {
    using namespace memo::tags;
    if (tracer->abi != MEMO_TAGS_ABI) return 1;
    host = tracer;
    try {
        Found found;
        if (dl_iterate_phdr(look_at, &found) == 0 || !read_interface(found.path)) return 2;
        return take_over(found.library) ? 0 : 3;
    } catch (...) {
        return 4;
    }
}
