// Following type information in memory (tracer/tags/derived_classes.h).
#include "tracer/tags/derived_classes.h"

#include <dlfcn.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <unordered_set>

namespace memo::tags {
namespace {

constexpr std::uint64_t kMostBases = 256;

struct Class {
    Word type = 0;  // where its type information lies
    std::vector<Word> bases;
};

// Where a name stands as a whole: between two zero bytes.
std::vector<Word> places_of(std::string_view name, const MappedLibrary& library) {
    const std::string whole = std::string(1, '\0').append(name).append(1, '\0');
    std::vector<Word> places;
    for (const std::span<const char> part : library.constants) {
        const char* at = part.data();
        const char* const end = at + part.size();
        while (true) {
            const void* found = memmem(at, static_cast<std::size_t>(end - at), whole.data(), whole.size());
            if (found == nullptr) break;
            at = static_cast<const char*>(found) + 1;
            places.push_back(reinterpret_cast<Word>(at));
        }
    }
    return places;
}

// Those bases of a class with several that its objects begin with: from the word at 24 on, each with its
// flags (1: virtual) and, above eight bits of those, its place. The upper half of the word at 16 says how
// many there are.
std::vector<Word> first_bases(std::span<const Word> information) {
    std::vector<Word> bases;
    if (information.size() < 3) return bases;
    const std::uint64_t count = std::min(information[2] >> 32U, kMostBases);
    for (std::size_t at = 3; at + 1 < information.size() && at < 3 + 2 * count; at += 2) {
        const Word flags = information[at + 1];
        if (flags >> 8U == 0 && (flags & 1U) == 0) bases.push_back(information[at]);
    }
    return bases;
}

std::vector<Class> classes_of(const MappedLibrary& library, const TypeKinds& kinds) {
    std::vector<Class> classes;
    for (const std::span<Word> part : library.data) {
        for (std::size_t i = 0; i + 2 < part.size(); ++i) {
            if (part[i] == kinds.single) classes.push_back({reinterpret_cast<Word>(&part[i]), {part[i + 2]}});
            if (part[i] == kinds.many)
                classes.push_back({reinterpret_cast<Word>(&part[i]), first_bases(part.subspan(i))});
        }
    }
    return classes;
}

// The type information of the base itself: its second word is the name.
std::unordered_set<Word> types_named(const std::vector<Word>& names, const MappedLibrary& library) {
    std::unordered_set<Word> types;
    for (const std::span<Word> part : library.data) {
        for (std::size_t i = 1; i < part.size(); ++i) {
            if (std::ranges::find(names, part[i]) != names.end())
                types.insert(reinterpret_cast<Word>(&part[i - 1]));
        }
    }
    return types;
}

}  // namespace

bool MappedLibrary::is_code(Word address) const {
    return std::ranges::any_of(
        code, [&](const Range& range) { return range.start <= address && address < range.end; });
}

// An object of a class points behind its table's first two words.
TypeKinds type_kinds() {
    const auto kind = [](const char* table) {
        const void* found = dlsym(RTLD_DEFAULT, table);
        return found == nullptr ? Word{0} : reinterpret_cast<Word>(found) + 2 * sizeof(Word);
    };
    return {kind("_ZTVN10__cxxabiv120__si_class_type_infoE"),
            kind("_ZTVN10__cxxabiv121__vmi_class_type_infoE")};
}

// A table is: the offset to the object's top, 0 in a class's own; the type information; the functions.
std::vector<Word*> tables_of_classes_from(std::string_view base, const MappedLibrary& library,
                                          const TypeKinds& kinds) {
    std::vector<Word*> tables;
    const std::vector<Word> names = places_of(base, library);
    if (names.empty() || kinds.single == 0 || kinds.many == 0) return tables;
    std::unordered_set<Word> types = types_named(names, library);
    const std::vector<Class> classes = classes_of(library, kinds);
    for (std::size_t known = 0; known != types.size();) {
        known = types.size();
        for (const Class& one : classes) {
            if (std::ranges::any_of(one.bases, [&](Word type) { return types.contains(type); }))
                types.insert(one.type);
        }
    }
    for (const std::span<Word> part : library.data) {
        for (std::size_t i = 1; i + 1 < part.size(); ++i) {
            if (part[i - 1] == 0 && types.contains(part[i]) && library.is_code(part[i + 1]))
                tables.push_back(&part[i + 1]);
        }
    }
    return tables;
}

}  // namespace memo::tags
