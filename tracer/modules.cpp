// Finding and interning modules (tracer/modules.h).
#include "tracer/modules.h"

#include "common/trace.h"
#include "tracer/definitions.h"
#include "tracer/id_table.h"
#include "tracer/plugins.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>

#pragma weak _dl_find_object

namespace memo::tracer {

constinit std::atomic<std::uint64_t> current_module_epoch{1};

namespace {

struct Known {
    std::uintptr_t start;
    std::uint64_t identity;  // of base, extent, path and build id
    std::uint64_t checked;   // the epoch in which the identity was last compared in full
};

constexpr std::size_t kMaxModules = 1 << 16;
constinit Known* known = nullptr;
constinit std::uint32_t known_count = 0;

std::uint64_t hash_bytes(std::uint64_t hash, const void* bytes, std::size_t size) {
    const auto* at = static_cast<const unsigned char*>(bytes);
    for (; size > 0; --size) hash = mix(hash, *at++);
    return hash;
}

std::uint64_t identity_of(const ModuleView& view, const BuildId& build_id) {
    std::uint64_t hash = mix(view.base, view.end - view.start);
    hash = hash_bytes(hash, view.path, std::strlen(view.path));
    return hash_bytes(hash, build_id.bytes, build_id.size);
}

int match_phdrs(dl_phdr_info* info, std::size_t /*size*/, void* data) {
    auto& [address, view] = *static_cast<std::pair<std::uintptr_t, ModuleView>*>(data);
    std::uintptr_t start = UINTPTR_MAX;
    std::uintptr_t end = 0;
    std::uintptr_t unwind_table = 0;
    for (int i = 0; i < info->dlpi_phnum; ++i) {
        const auto& segment = info->dlpi_phdr[i];
        if (segment.p_type == PT_GNU_EH_FRAME) unwind_table = info->dlpi_addr + segment.p_vaddr;
        if (segment.p_type != PT_LOAD) continue;
        start = std::min<std::uintptr_t>(start, info->dlpi_addr + segment.p_vaddr);
        end = std::max<std::uintptr_t>(end, info->dlpi_addr + segment.p_vaddr + segment.p_memsz);
    }
    if (address < start || address >= end) return 0;
    view = {start & ~std::uintptr_t{4095}, end, info->dlpi_addr, unwind_table, info->dlpi_name};
    return 1;
}

}  // namespace

bool find_module(const void* address, ModuleView& view) {
    if (_dl_find_object != nullptr) [[likely]] {
        dl_find_object found = {};
        if (_dl_find_object(const_cast<void*>(address), &found) != 0) return false;
        view.start = reinterpret_cast<std::uintptr_t>(found.dlfo_map_start);
        view.end = reinterpret_cast<std::uintptr_t>(found.dlfo_map_end);
        view.base = found.dlfo_link_map->l_addr;
        view.unwind_table = reinterpret_cast<std::uintptr_t>(found.dlfo_eh_frame);
        view.path = found.dlfo_link_map->l_name;
        return true;
    }
    std::pair<std::uintptr_t, ModuleView> query{reinterpret_cast<std::uintptr_t>(address), {}};
    if (dl_iterate_phdr(match_phdrs, &query) == 0) return false;
    view = query.second;
    return true;
}

BuildId build_id_of(const ModuleView& view) {
    BuildId result;
    ElfW(Ehdr) elf;
    if (view.end - view.start < sizeof elf) return result;
    std::memcpy(&elf, pointer_to(view.start), sizeof elf);
    if (std::memcmp(elf.e_ident, ELFMAG, SELFMAG) != 0) return result;
    const std::size_t headers_end = elf.e_phoff + std::size_t{elf.e_phnum} * sizeof(ElfW(Phdr));
    if (headers_end > 4096 || elf.e_phentsize != sizeof(ElfW(Phdr))) return result;  // beyond the first page
    const auto* segments = static_cast<const ElfW(Phdr)*>(pointer_to(view.start + elf.e_phoff));
    for (unsigned i = 0; i < elf.e_phnum; ++i) {
        if (segments[i].p_type != PT_NOTE) continue;
        std::uintptr_t at = view.base + segments[i].p_vaddr;
        const std::uintptr_t end = at + segments[i].p_memsz;
        if (at < view.start || end > view.end || end < at) continue;
        while (end - at >= sizeof(ElfW(Nhdr))) {
            const auto* note = static_cast<const ElfW(Nhdr)*>(pointer_to(at));
            const std::uintptr_t name = at + sizeof *note;
            const std::uintptr_t data = name + ((note->n_namesz + 3U) & ~std::uintptr_t{3});
            const std::uintptr_t next = data + ((note->n_descsz + 3U) & ~std::uintptr_t{3});
            if (next > end || next <= at) break;
            if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == 4 &&
                note->n_descsz <= sizeof result.bytes && std::memcmp(pointer_to(name), "GNU", 4) == 0) {
                result.size = note->n_descsz;
                std::memcpy(result.bytes, pointer_to(data), result.size);
                return result;
            }
            at = next;
        }
    }
    return result;
}

const char* path_of(const ModuleView& view, char* buffer, std::size_t bytes) {
    if (view.path[0] == '/') return view.path;
    if (view.path[0] == '\0') {
        const long length = syscall(SYS_readlink, "/proc/self/exe", buffer, bytes - 1);
        buffer[std::max(length, 0L)] = '\0';
        return buffer;
    }
    if (std::strchr(view.path, '/') == nullptr) return view.path;  // linux-vdso.so.1
    const long length = syscall(SYS_getcwd, buffer, bytes);        // counts its final zero
    const std::size_t rest = std::strlen(view.path) + 1;
    if (length <= 0 || static_cast<std::size_t>(length) + rest > bytes) return view.path;
    buffer[length - 1] = '/';
    std::memcpy(buffer + length, view.path, rest);
    return buffer;
}

std::uint32_t intern_module(const ModuleView& view) {
    const std::uint64_t now = module_epoch();
    for (std::uint32_t id = known_count; id-- > 0;) {  // newest first: it is the one that is mapped
        if (known[id].start != view.start) continue;
        if (known[id].checked == now) return id;
        if (known[id].identity != identity_of(view, build_id_of(view))) continue;
        known[id].checked = now;
        return id;
    }
    if (known == nullptr) known = static_cast<Known*>(map_pages(kMaxModules * sizeof(Known)));
    if (known == nullptr || known_count == kMaxModules) return kNone;
    const BuildId build_id = build_id_of(view);
    static constinit char buffer[4096] = {};  // under the trace lock
    const char* path = path_of(view, buffer, sizeof buffer);
    const std::uint32_t id = known_count++;
    known[id] = {view.start, identity_of(view, build_id), now};
    definitions::module(id, view.base, view.end - view.start, path, {build_id.bytes, build_id.size});
    plugins::module_appeared(path, build_id);
    return id;
}

void module_unloaded() {
    current_module_epoch.fetch_add(1, std::memory_order_release);
}

void clear_modules() {
    known_count = 0;
}

}  // namespace memo::tracer
