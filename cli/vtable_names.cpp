// Reading virtual tables (cli/vtable_names.h).
#include "cli/vtable_names.h"

#include "cli/demangle.h"

#include <algorithm>
#include <array>

namespace memo {
namespace {

// The tables of the C++ runtime's own classes of type information, to which the first word of each points.
constexpr std::array<std::string_view, 3> kKinds = {"_ZTVN10__cxxabiv117__class_type_infoE",
                                                    "_ZTVN10__cxxabiv120__si_class_type_infoE",
                                                    "_ZTVN10__cxxabiv121__vmi_class_type_infoE"};
constexpr std::string_view kSingleBase = kKinds[1];
constexpr std::string_view kManyBases = kKinds[2];
constexpr std::string_view kTypeInfo = "_ZTI";
constexpr std::uint32_t kMostBases = 256;
constexpr std::size_t kLongestLine = 64;  // of bases: a damaged file may have a circle

bool is_type_info(const ElfImage::Pointer& pointer) {
    return std::ranges::find(kKinds, pointer.symbol) != kKinds.end();
}

}  // namespace

VtableNames::VtableNames(Elf* elf) {
    const ElfImage image(elf);
    read_classes(image);
    if (classes_.empty()) return;
    read_tables(image);
    read_bases(image);
    choose_owners();
    find_ends(image.functions());
}

void VtableNames::read_classes(const ElfImage& image) {
    for (const ElfImage::Pointer& pointer : image.pointers()) {
        if (!is_type_info(pointer)) continue;
        const ElfImage::Pointer* name = image.pointer_at(pointer.address + 8);
        if (name == nullptr) continue;
        std::string_view text = image.text_at(name->target);
        if (text.starts_with('*')) text.remove_prefix(1);  // not to be compared with other libraries' names
        if (!text.empty()) classes_.push_back({pointer.address, std::string(text)});
    }
    own_classes_ = classes_.size();
}

// Single bases first: an abstract class may have no table of its own, but where it is the only base of a
// class that has one, it is the likelier choice among several bases of another.
void VtableNames::read_bases(const ElfImage& image) {
    for (const bool single : {true, false}) {
        for (std::size_t i = 0; i < own_classes_; ++i) {
            const std::uint64_t type = classes_[i].type;
            if ((image.pointer_at(type)->symbol == kSingleBase) != single) continue;
            const std::uint32_t base = single ? named_base(image, type + 16) : primary_base(image, type);
            classes_[i].base = base;
            if (base != kNoClass && single && classes_[i].has_table) classes_[base].leads_to_table = true;
        }
    }
}

// Of several bases, the one that shares the object's start and whose functions come first in the table. The
// word at 20 says how many there are; from 24 on each has its flags (1: virtual) and, above eight bits of
// those, its place.
std::uint32_t VtableNames::primary_base(const ElfImage& image, std::uint64_t type) {
    if (image.pointer_at(type)->symbol != kManyBases) return kNoClass;
    const std::uint32_t count = image.value_at<std::uint32_t>(type + 20).value_or(0);
    std::uint32_t primary = kNoClass;
    for (std::uint64_t i = 0; i < std::min(count, kMostBases); ++i) {
        const std::uint64_t place = type + 24 + 16 * i;
        const auto flags = image.value_at<std::uint64_t>(place + 8);
        if (!flags || *flags >> 8 != 0 || (*flags & 1) != 0) continue;
        const std::uint32_t base = named_base(image, place);
        if (base == kNoClass) continue;
        // An empty base may lie at the start too.
        if (classes_[base].has_table) return base;
        if (primary == kNoClass || (classes_[base].leads_to_table && !classes_[primary].leads_to_table))
            primary = base;
    }
    return primary;
}

std::uint32_t VtableNames::named_base(const ElfImage& image, std::uint64_t place) {
    const ElfImage::Pointer* base = image.pointer_at(place);
    if (base == nullptr) return kNoClass;
    const std::uint32_t own = class_at(base->target);
    if (own != kNoClass || !base->symbol.starts_with(kTypeInfo)) return own;
    const std::string_view name = base->symbol.substr(kTypeInfo.size());
    for (std::size_t i = own_classes_; i < classes_.size(); ++i) {
        if (classes_[i].name == name) return static_cast<std::uint32_t>(i);
    }
    classes_.push_back({0, std::string(name)});
    return static_cast<std::uint32_t>(classes_.size() - 1);
}

std::uint32_t VtableNames::class_at(std::uint64_t type) const {
    const auto end = classes_.begin() + static_cast<std::ptrdiff_t>(own_classes_);
    const auto at = std::lower_bound(classes_.begin(), end, type,
                                     [](const Class& one, std::uint64_t key) { return one.type < key; });
    return at == end || at->type != type || type == 0 ? kNoClass
                                                      : static_cast<std::uint32_t>(at - classes_.begin());
}

// A table is: the offset to the object's top, 0 in a class's own table; the type information; the functions.
void VtableNames::read_tables(const ElfImage& image) {
    const auto& pointers = image.pointers();
    for (std::size_t i = 0; i < pointers.size(); ++i) {
        const std::uint32_t owner = class_at(pointers[i].target);
        if (owner == kNoClass) continue;
        const std::uint64_t before = pointers[i].address - 8;
        if (i > 0 && pointers[i - 1].address == before) continue;  // a base, in type information
        if (image.value_at<std::uint64_t>(before) != std::uint64_t{0}) continue;
        for (std::size_t slot = 0; i + 1 + slot < pointers.size(); ++slot) {
            const ElfImage::Pointer& function = pointers[i + 1 + slot];
            if (function.address != pointers[i].address + 8 * (slot + 1)) break;
            if (image.is_code(function.target)) {
                methods_.push_back({function.target, 0, owner, static_cast<std::uint32_t>(slot)});
            } else if (function.symbol.empty() || function.target != 0) {
                break;
            }
        }
        classes_[owner].has_table = true;
    }
}

// One function of several classes is the one's from which the others have it.
void VtableNames::choose_owners() {
    std::ranges::stable_sort(methods_, {}, &Method::start);
    std::vector<Method> distinct;
    for (std::size_t i = 0; i < methods_.size();) {
        Method method = methods_[i];
        for (; i < methods_.size() && methods_[i].start == method.start; ++i) {
            if (method.owner != kNoClass) method.owner = common_base(method.owner, methods_[i].owner);
            method.slot = std::min(method.slot, methods_[i].slot);
        }
        if (method.owner != kNoClass) distinct.push_back(method);
    }
    methods_ = std::move(distinct);
}

void VtableNames::find_ends(const std::vector<ElfImage::Range>& functions) {
    for (Method& method : methods_) {
        const auto at = std::ranges::lower_bound(functions, method.start, {}, &ElfImage::Range::start);
        if (at != functions.end() && at->start == method.start) method.end = at->end;
    }
    std::erase_if(methods_, [](const Method& method) { return method.end == 0; });
}

std::vector<std::uint32_t> VtableNames::line_of(std::uint32_t leaf) const {
    std::vector<std::uint32_t> line;
    for (std::uint32_t at = leaf; at != kNoClass && line.size() < kLongestLine; at = classes_[at].base) {
        line.push_back(at);
    }
    return line;
}

std::uint32_t VtableNames::common_base(std::uint32_t one, std::uint32_t other) const {
    if (one == other) return one;
    const std::vector<std::uint32_t> bases = line_of(other);
    for (const std::uint32_t base : line_of(one)) {
        if (std::ranges::find(bases, base) != bases.end()) return base;
    }
    return kNoClass;
}

std::optional<std::string> VtableNames::function_at(std::uint64_t offset) const {
    auto after = std::ranges::upper_bound(methods_, offset, {}, &Method::start);
    if (after == methods_.begin()) return std::nullopt;
    const Method& method = *--after;
    if (offset >= method.end) return std::nullopt;
    std::string name = demangled(classes_[method.owner].name) + "::virtual " + std::to_string(method.slot);
    const std::uint32_t root = line_of(method.owner).back();
    if (root != method.owner) name += " of " + demangled(classes_[root].name);
    return name;
}

}  // namespace memo
