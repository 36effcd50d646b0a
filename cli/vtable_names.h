// Names for functions of a stripped C++ library, from what stripping leaves: the virtual tables, and the type
// information (RTTI) that names their classes.
//
// A table lists a class's virtual functions, and the word before them points to the class's type information,
// which holds its name and its bases. So a function that a table lists is known as
// `CLASS::virtual N of ROOT`, where ROOT is the outermost class that CLASS derives from first
// (`CLASS::virtual N` where it derives from none). A function that several classes share belongs to the one
// that the others derive from; where there is none, it has no name. Functions that are not virtual have none
// either.
//
// Source of the layout: the Itanium C++ ABI, sections 2.5.2 and 2.9.5. Invariants: names are the file's own;
// no guess. Thread safety: const functions from any thread.
#pragma once

#include "cli/elf_image.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace memo {

class VtableNames {
  public:
    VtableNames() = default;  // knows nothing
    explicit VtableNames(Elf* elf);

    // The name of the function that covers `offset` (from the load bias).
    [[nodiscard]] std::optional<std::string> function_at(std::uint64_t offset) const;

  private:
    static constexpr std::uint32_t kNoClass = UINT32_MAX;
    struct Class {
        std::uint64_t type = 0;  // where its type information lies; 0: in another library
        std::string name;        // mangled
        std::uint32_t base = kNoClass;
        bool has_table = false;
        bool leads_to_table = false;  // the only base of a class that has one
    };
    struct Method {
        std::uint64_t start = 0;
        std::uint64_t end = 0;
        std::uint32_t owner = 0;
        std::uint32_t slot = 0;
    };

    void read_classes(const ElfImage& image);
    void read_bases(const ElfImage& image);
    [[nodiscard]] std::uint32_t primary_base(const ElfImage& image, std::uint64_t type);
    [[nodiscard]] std::uint32_t named_base(const ElfImage& image, std::uint64_t place);
    void read_tables(const ElfImage& image);
    void choose_owners();
    void find_ends(const std::vector<ElfImage::Range>& functions);
    [[nodiscard]] std::uint32_t class_at(std::uint64_t type) const;
    [[nodiscard]] std::vector<std::uint32_t> line_of(std::uint32_t leaf) const;  // itself, its base, ...
    [[nodiscard]] std::uint32_t common_base(std::uint32_t one, std::uint32_t other) const;

    std::vector<Class> classes_;   // those of this library by `type`, then others
    std::size_t own_classes_ = 0;  // how many are of this library
    std::vector<Method> methods_;  // by start
};

}  // namespace memo
