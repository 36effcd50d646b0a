// The virtual tables of all classes that derive from a given one, in a library as it lies in memory.
//
// Found by what dynamic_cast needs, which stripping leaves: a table is preceded by a pointer to its class's
// type information, which points to the class's name and to its bases (cli/vtable_names.h reads the same out
// of files). Only classes are taken whose objects begin with the base, so that a pointer to one is a pointer
// to the other.
//
// Source of the layout: the Itanium C++ ABI, sections 2.5.2 and 2.9.5. Invariants: nothing is read outside of
// the library's own segments; no guess. Thread safety: pure functions of memory that nobody changes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace memo::tags {

// A word of a library's data: an address, or a number.
using Word = std::uintptr_t;

// The segments of a library that is mapped and whose pointers are filled in.
struct MappedLibrary {
    struct Range {
        std::uintptr_t start = 0;
        std::uintptr_t end = 0;
    };
    std::vector<std::span<const char>> constants;  // what is never written
    std::vector<std::span<Word>> data;             // where tables and type information lie
    std::vector<Range> code;
    Range sealed;  // of the data: what the loader made read-only once it was filled in

    [[nodiscard]] bool is_code(Word address) const;
};

// Kinds of type information, as the first word of each tells them: the C++ runtime's, for a class with one
// base and for one with several.
struct TypeKinds {
    Word single = 0;
    Word many = 0;
};
// Of the runtime in this process; zeros where there is none.
[[nodiscard]] TypeKinds type_kinds();

// The first function of each table, as objects point to it. `base` is a mangled name, "N3foo4BaseE".
[[nodiscard]] std::vector<Word*> tables_of_classes_from(std::string_view base, const MappedLibrary& library,
                                                        const TypeKinds& kinds);

}  // namespace memo::tags
