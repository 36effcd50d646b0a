// Bending libunwind's imports (tracer/unwinder.h).
#include "tracer/unwinder.h"

#include "tracer/modules.h"

#include <dlfcn.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

namespace memo::tracer {
namespace {

// A pipe that is none; its ends are told from real descriptors, which libunwind has too, by being negative.
int open_no_pipe(int* ends) {
    return ends[0] = ends[1] = -1, 0;
}
int open_no_pipe2(int* ends, int /*flags*/) {
    return open_no_pipe(ends);
}
int close_unless_pipe(int file) {
    return file < 0 ? 0 : close(file);
}

// As if the pipe were open and empty.
ssize_t read_unless_pipe(int file, void* buffer, std::size_t size) {
    if (file >= 0) return read(file, buffer, size);
    errno = EAGAIN;
    return -1;
}

// "Writes" a byte to the pipe if it can be read. The kernel looks at the mask (eight bytes; the address
// starts a page) before it finds that -1 is no way to change one.
ssize_t write_unless_pipe(int file, const void* bytes, std::size_t size) {
    if (file >= 0) return write(file, bytes, size);
    syscall(SYS_rt_sigprocmask, -1, bytes, nullptr, sizeof(std::uint64_t));
    return errno == EFAULT ? -1 : 1;
}

// libunwind 1.6 writes by the bare system call.
long call_unless_pipe(long number, long a, long b, long c, long d, long e, long f) {
    const auto file = static_cast<int>(a);  // the upper half of its register holds anything
    if (number != SYS_write || file >= 0) return syscall(number, a, b, c, d, e, f);
    return write_unless_pipe(-1, pointer_to(static_cast<std::uintptr_t>(b)), static_cast<std::size_t>(c));
}

struct Import {
    const char* name;
    void* stand_in;
    void** slot;
};

template <class Function>
void* as_object(Function* function) {
    return reinterpret_cast<void*>(function);
}

// Gives each import its slot in the table of `library`.
void find_slots(const link_map* library, Import* imports, std::size_t count) {
    const ElfW(Sym)* symbols = nullptr;
    const char* names = nullptr;
    const ElfW(Rela)* relocations = nullptr;
    std::size_t bytes = 0;
    for (const ElfW(Dyn)* entry = library->l_ld; entry->d_tag != DT_NULL; ++entry) {
        const void* place = pointer_to(entry->d_un.d_ptr);  // the loader has made these addresses
        if (entry->d_tag == DT_SYMTAB) symbols = static_cast<const ElfW(Sym)*>(place);
        if (entry->d_tag == DT_STRTAB) names = static_cast<const char*>(place);
        if (entry->d_tag == DT_JMPREL) relocations = static_cast<const ElfW(Rela)*>(place);
        if (entry->d_tag == DT_PLTRELSZ) bytes = entry->d_un.d_val;
        if (entry->d_tag == DT_PLTREL && entry->d_un.d_val != DT_RELA) return;
    }
    if (symbols == nullptr || names == nullptr || relocations == nullptr) return;
    for (std::size_t i = 0; i < bytes / sizeof *relocations; ++i) {
        const char* name = names + symbols[ELF64_R_SYM(relocations[i].r_info)].st_name;
        for (std::size_t k = 0; k < count; ++k) {
            if (std::strcmp(name, imports[k].name) != 0) continue;
            const void* slot = pointer_to(library->l_addr + relocations[i].r_offset);
            imports[k].slot = static_cast<void**>(const_cast<void*>(slot));
        }
    }
}

// A library that was bound at once has its table read-only.
bool is_read_only(const link_map* library) {
    for (const ElfW(Dyn)* entry = library->l_ld; entry->d_tag != DT_NULL; ++entry) {
        if (entry->d_tag == DT_BIND_NOW) return true;
        if (entry->d_tag == DT_FLAGS && (entry->d_un.d_val & DF_BIND_NOW) != 0) return true;
        if (entry->d_tag == DT_FLAGS_1 && (entry->d_un.d_val & DF_1_NOW) != 0) return true;
    }
    return false;
}

bool protect(void** slot, int protection) {
    const auto page_size = static_cast<std::uintptr_t>(getpagesize());
    const std::uintptr_t page = reinterpret_cast<std::uintptr_t>(slot) & ~(page_size - 1);
    return mprotect(const_cast<void*>(pointer_to(page)), page_size, protection) == 0;
}

}  // namespace

bool free_of_descriptors(const void* function) {
    Dl_info info;
    void* extra = nullptr;
    if (dladdr1(function, &info, &extra, RTLD_DL_LINKMAP) == 0) return false;
    Import imports[] = {
        {"read", as_object(read_unless_pipe), nullptr},    {"close", as_object(close_unless_pipe), nullptr},
        {"pipe2", as_object(open_no_pipe2), nullptr},      {"pipe", as_object(open_no_pipe), nullptr},
        {"syscall", as_object(call_unless_pipe), nullptr}, {"write", as_object(write_unless_pipe), nullptr}};
    const auto* library = static_cast<const link_map*>(extra);
    find_slots(library, imports, sizeof imports / sizeof imports[0]);
    const auto& [reads, closes, pipe2s, pipes, calls, writes] = imports;
    const bool opens = pipe2s.slot != nullptr || pipes.slot != nullptr;
    const bool probes = calls.slot != nullptr || writes.slot != nullptr;
    if (!opens || !probes || reads.slot == nullptr || closes.slot == nullptr) return false;
    const bool sealed = is_read_only(library);
    for (const Import& import : imports) {
        if (import.slot == nullptr) continue;
        if (sealed && !protect(import.slot, PROT_READ | PROT_WRITE)) return false;
        *import.slot = import.stand_in;
        if (sealed) protect(import.slot, PROT_READ);
    }
    return true;
}

}  // namespace memo::tracer
