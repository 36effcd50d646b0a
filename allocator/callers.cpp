// Resolving callers (allocator/callers.h) through the loader's lock-free index of loaded objects.
#include "allocator/callers.h"

#include "common/file_name.h"

#include <dlfcn.h>
#include <link.h>

#include <cstring>

// glibc 2.35 and later: lock-free and safe in signal handlers. Weak, so that older systems take the other
// way.
#pragma weak _dl_find_object

namespace memo {

namespace {

struct Place {
    const char* module = nullptr;  // path, empty for the program itself
    std::uintptr_t bias = 0;
};

[[nodiscard]] bool find_by_index(std::uintptr_t address, Place& place) {
    dl_find_object found;
    if (_dl_find_object(reinterpret_cast<void*>(address), &found) != 0) return false;
    place = {found.dlfo_link_map->l_name, found.dlfo_link_map->l_addr};
    return true;
}

[[nodiscard]] bool find_by_walk(std::uintptr_t address, Place& place) {
    struct Search {
        std::uintptr_t address;
        Place* place;
    } search{address, &place};
    return dl_iterate_phdr(
               [](dl_phdr_info* info, std::size_t, void* data) {
                   auto* wanted = static_cast<Search*>(data);
                   for (int i = 0; i < info->dlpi_phnum; ++i) {
                       const auto& segment = info->dlpi_phdr[i];
                       if (segment.p_type != PT_LOAD) continue;
                       if (wanted->address - (info->dlpi_addr + segment.p_vaddr) >= segment.p_memsz) continue;
                       *wanted->place = {info->dlpi_name, info->dlpi_addr};
                       return 1;
                   }
                   return 0;
               },
               &search) != 0;
}

}  // namespace

ModulePlace module_place(const void* address, const char* program) {
    const auto wanted = reinterpret_cast<std::uintptr_t>(address);
    Place place;
    const bool found =
        _dl_find_object != nullptr ? find_by_index(wanted, place) : find_by_walk(wanted, place);
    if (!found) return {};
    const bool main = place.module == nullptr || *place.module == '\0';
    return {main ? program : place.module, wanted - place.bias};
}

bool Callers::look_up(std::uint32_t caller, std::uintptr_t address) const {
    const ModulePlace place =
        module_place(reinterpret_cast<const void*>(address), plan_.string(plan_.header().program));
    const PlanCaller& wanted = plan_.callers()[caller];
    if (place.module == nullptr || place.offset != wanted.offset) return false;
    if (std::strcmp(file_name(place.module), plan_.string(wanted.module)) != 0) return false;
    addresses_[caller].store(address, std::memory_order_relaxed);
    return true;
}

void Callers::resolve_all() const {
    dl_iterate_phdr(
        [](dl_phdr_info* info, std::size_t, void* data) {
            const auto& self = *static_cast<const Callers*>(data);
            const bool main = info->dlpi_name == nullptr || *info->dlpi_name == '\0';
            const char* path = main ? self.plan_.string(self.plan_.header().program) : info->dlpi_name;
            const auto callers = self.plan_.callers();
            for (std::uint32_t index = 0; index < callers.size(); ++index) {
                if (std::strcmp(file_name(path), self.plan_.string(callers[index].module)) != 0) continue;
                self.addresses_[index].store(info->dlpi_addr + callers[index].offset,
                                             std::memory_order_relaxed);
            }
            return 0;
        },
        const_cast<Callers*>(this));
}

}  // namespace memo
