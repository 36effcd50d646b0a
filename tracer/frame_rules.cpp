// Reading unwind tables (tracer/frame_rules.h): the index of .eh_frame_hdr, one FDE and its CIE, and the
// call-frame program of the two, run up to the address in question.
#include "tracer/frame_rules.h"

#include <cstring>

namespace memo::tracer {
namespace {

// DWARF's numbers of the registers that matter on x86-64.
constexpr std::uint64_t kFramePointer = 6;
constexpr std::uint64_t kStackPointer = 7;
constexpr std::uint64_t kReturnAddress = 16;

// Encodings of pointers (DW_EH_PE_...).
constexpr std::uint8_t kSigned4FromHere = 0x1b;
constexpr std::uint8_t kSigned4FromTable = 0x3b;
constexpr std::uint8_t kUnsigned4 = 0x03;

// Reads a table; what lies outside of [at, end) is zero, and `ok` false.
struct Reader {
    std::uintptr_t at;
    std::uintptr_t end;
    bool ok = true;

    template <class T>
    T take() {
        T value{};
        if (end - at < sizeof value) return ok = false, value;
        std::memcpy(&value, pointer_to(at), sizeof value);
        at += sizeof value;
        return value;
    }
    std::uint64_t number() {
        std::uint64_t value = 0;
        for (unsigned shift = 0; ok && shift < 64; shift += 7) {
            const auto byte = take<std::uint8_t>();
            value |= std::uint64_t{byte & 0x7fU} << shift;
            if ((byte & 0x80U) == 0) return value;
        }
        return ok = false, 0;
    }
    std::int64_t signed_number() {
        std::uint64_t value = 0;
        for (unsigned shift = 0; ok && shift < 64;) {
            const auto byte = take<std::uint8_t>();
            value |= std::uint64_t{byte & 0x7fU} << shift;
            shift += 7;
            if ((byte & 0x80U) != 0) continue;
            if ((byte & 0x40U) != 0 && shift < 64) value |= ~std::uint64_t{0} << shift;
            return static_cast<std::int64_t>(value);
        }
        return ok = false, 0;
    }
    void skip(std::uint64_t bytes) {
        if (bytes > end - at) {
            ok = false;
        } else {
            at += bytes;
        }
    }
    // A block of a length that stands before it.
    Reader block() {
        const std::uint64_t length = number();
        const std::uintptr_t start = at;
        skip(length);
        return {start, at, ok};
    }
};

struct Entry {
    std::uintptr_t start = 0;  // of the code that it is about
    Reader program = {0, 0};
    Reader initial_program = {0, 0};  // of the CIE
    std::uint64_t code_factor = 0;
    std::int64_t data_factor = 0;
};

// An entry of .eh_frame, length and all. Those of 64-bit length are not used by anyone.
Reader entry_at(std::uintptr_t at, std::uintptr_t module_end) {
    Reader reader{at, module_end};
    const auto length = reader.take<std::uint32_t>();
    if (length == 0xffffffffU || length > reader.end - reader.at) reader.ok = false;
    if (reader.ok) reader.end = reader.at + length;
    return reader;
}

// The CIE's part of the entry; false where it is not of the ordinary kind.
bool read_common(std::uintptr_t at, std::uintptr_t module_end, Entry& entry, bool& augmented) {
    Reader reader = entry_at(at, module_end);
    if (reader.take<std::uint32_t>() != 0) return false;
    const auto version = reader.take<std::uint8_t>();
    if (version != 1 && version != 3) return false;
    char augmentation[8] = {};
    for (std::size_t length = 0;; ++length) {
        if (length == sizeof augmentation) return false;
        augmentation[length] = reader.take<char>();
        if (augmentation[length] == '\0') break;
    }
    entry.code_factor = reader.number();
    entry.data_factor = reader.signed_number();
    const std::uint64_t return_register = version == 1 ? reader.take<std::uint8_t>() : reader.number();
    if (return_register != kReturnAddress) return false;
    augmented = augmentation[0] == 'z';
    Reader data = augmented ? reader.block() : Reader{0, 0};
    std::uint8_t encoding = 0;
    for (const char* letter = augmentation + (augmented ? 1 : 0); *letter != '\0'; ++letter) {
        if (*letter == 'R') {
            encoding = data.take<std::uint8_t>();
        } else if (*letter == 'L') {
            data.take<std::uint8_t>();
        } else if (*letter == 'P') {
            constexpr std::uint8_t kSizes[] = {8, 0, 2, 4, 8};  // of the low three bits; 0: not of one size
            const auto low = static_cast<std::uint8_t>(data.take<std::uint8_t>() & 7U);
            if (low >= sizeof kSizes || kSizes[low] == 0) return false;
            data.skip(kSizes[low]);
        } else {
            return false;  // 'S', the frame of a signal, above all
        }
    }
    entry.initial_program = reader;
    return reader.ok && data.ok && encoding == kSigned4FromHere;
}

// The entry about `address`; false where there is none.
bool find_entry(std::uintptr_t address, const ModuleView& module, Entry& entry) {
    struct IndexRow {
        std::int32_t start;  // both from the beginning of the table
        std::int32_t entry;
    };
    const std::uintptr_t table = module.unwind_table;
    if (table == 0) return false;
    Reader header{table, module.end};
    const auto version = header.take<std::uint8_t>();
    header.take<std::uint8_t>();  // how the pointer to .eh_frame is written: in four bytes everywhere
    const auto count_encoding = header.take<std::uint8_t>();
    const auto row_encoding = header.take<std::uint8_t>();
    header.take<std::uint32_t>();
    const auto count = header.take<std::uint32_t>();
    if (version != 1 || count_encoding != kUnsigned4 || row_encoding != kSigned4FromTable) return false;
    if (!header.ok || count == 0 || count > (header.end - header.at) / sizeof(IndexRow)) return false;
    const auto* rows = static_cast<const IndexRow*>(pointer_to(header.at));
    const auto wanted = static_cast<std::int64_t>(address - table);
    std::uint32_t low = 0;
    for (std::uint32_t high = count; high - low > 1;) {
        const std::uint32_t middle = low + (high - low) / 2;
        (rows[middle].start <= wanted ? low : high) = middle;
    }
    if (rows[low].start > wanted) return false;

    Reader reader = entry_at(table + static_cast<std::uintptr_t>(std::int64_t{rows[low].entry}), module.end);
    const std::uintptr_t here = reader.at;
    const auto to_common = reader.take<std::uint32_t>();
    bool augmented = false;
    if (!reader.ok || !read_common(here - to_common, module.end, entry, augmented)) return false;
    const std::uintptr_t place = reader.at;
    entry.start = place + static_cast<std::uintptr_t>(std::int64_t{reader.take<std::int32_t>()});
    const auto length = reader.take<std::uint32_t>();
    if (augmented) reader.block();
    entry.program = reader;
    return reader.ok && address - entry.start < length;
}

// What a call-frame program computes, as far as it matters here.
struct Row {
    FrameRule rule;
    std::uint64_t base_register = kStackPointer;
    bool sound = true;  // nothing was met that a rule cannot say
    bool outermost = false;
};

class Machine {
  public:
    explicit Machine(const Entry& entry) : entry_(entry) {}

    // The row in force at `address`; not `sound` where the program does something unheard of.
    Row run(std::uintptr_t address) {
        address_ = address;
        run(entry_.initial_program);
        initial_ = row_;
        at_ = entry_.start;
        run(entry_.program);
        return row_;
    }

  private:
    void advance(std::uint64_t steps) { at_ += steps * entry_.code_factor; }

    void saved(std::uint64_t number, std::int64_t factored) {
        const std::int64_t offset = factored * entry_.data_factor;
        if (number == kReturnAddress && offset != -8) row_.sound = false;
        if (number == kFramePointer) save_frame_pointer(FrameRule::FramePointer::saved, offset);
    }
    void save_frame_pointer(FrameRule::FramePointer how, std::int64_t offset) {
        if (offset % 8 != 0 || offset < -4096 || offset >= 4096) row_.sound = false;
        row_.rule.frame_pointer = how;
        row_.rule.fp_offset = static_cast<std::int32_t>(offset);
    }
    void restored(std::uint64_t number) {
        if (number != kFramePointer) return;
        row_.rule.frame_pointer = initial_.rule.frame_pointer;
        row_.rule.fp_offset = initial_.rule.fp_offset;
    }
    // The caller's value is lost, or somewhere that a rule cannot say.
    void elsewhere(std::uint64_t number) {
        if (number == kFramePointer || number == kReturnAddress) row_.sound = false;
    }
    void same(std::uint64_t number) {
        if (number == kFramePointer) row_.rule.frame_pointer = FrameRule::FramePointer::kept;
    }
    void undefined(std::uint64_t number) {
        if (number == kReturnAddress) row_.outermost = true;
        same(number);
    }
    void begins(std::uint64_t base_register, std::int64_t offset) {
        row_.base_register = base_register;
        row_.rule.kind = base_register == kStackPointer   ? FrameRule::Kind::from_sp
                         : base_register == kFramePointer ? FrameRule::Kind::from_fp
                                                          : FrameRule::Kind::unknown;
        begins_at(offset);
    }
    void begins_at(std::int64_t offset) {
        const bool fits = offset % 8 == 0 && offset >= -(1 << 19) && offset < 1 << 19;
        if (!fits) row_.rule.kind = FrameRule::Kind::unknown;
        row_.rule.begin = fits ? static_cast<std::int32_t>(offset) : 0;
    }

    // An expression "frame pointer + offset", with or without "the word held there" behind it.
    static bool is_near_fp(Reader expression, bool& fetched, std::int64_t& offset) {
        constexpr std::uint8_t kFpPlus = 0x70 + kFramePointer;  // DW_OP_breg6
        constexpr std::uint8_t kFetch = 0x06;                   // DW_OP_deref
        if (expression.take<std::uint8_t>() != kFpPlus) return false;
        offset = expression.signed_number();
        fetched = expression.at != expression.end;
        if (fetched && expression.take<std::uint8_t>() != kFetch) return false;
        return expression.ok && expression.at == expression.end;
    }
    void begins_by(const Reader& expression) {
        bool fetched = false;
        std::int64_t offset = 0;
        const bool known = is_near_fp(expression, fetched, offset) && fetched;
        row_.rule.kind = known ? FrameRule::Kind::saved_by_fp : FrameRule::Kind::unknown;
        if (known) begins_at(offset);
    }
    void saved_by(std::uint64_t number, const Reader& expression) {
        bool fetched = false;
        std::int64_t offset = 0;
        if (number == kFramePointer && is_near_fp(expression, fetched, offset) && !fetched) {
            save_frame_pointer(FrameRule::FramePointer::saved_near_fp, offset);
        } else {
            elsewhere(number);
        }
    }

    void run(Reader program) {
        while (program.ok && program.at < program.end && at_ <= address_) step(program);
        if (!program.ok) row_.sound = false;
    }
    void step(Reader& program) {
        const auto code = program.take<std::uint8_t>();
        const std::uint64_t low = code & 0x3fU;
        switch (code & 0xc0U) {
            case 0x40:
                return advance(low);
            case 0x80:
                return saved(low, static_cast<std::int64_t>(program.number()));
            case 0xc0:
                return restored(low);
            default:
                return extended(code, program);
        }
    }
    void extended(std::uint8_t code, Reader& program) {
        switch (code) {  // by the numbers of DW_CFA_...
            case 0x00:   // nop
                return;
            case 0x02:  // advance_loc1, 2, 4
                return advance(program.take<std::uint8_t>());
            case 0x03:
                return advance(program.take<std::uint16_t>());
            case 0x04:
                return advance(program.take<std::uint32_t>());
            case 0x05: {  // offset_extended
                const std::uint64_t number = program.number();
                return saved(number, static_cast<std::int64_t>(program.number()));
            }
            case 0x06:  // restore_extended
                return restored(program.number());
            case 0x07:  // undefined
                return undefined(program.number());
            case 0x08:  // same_value
                return same(program.number());
            case 0x09:  // register
                elsewhere(program.number());
                program.number();
                return;
            case 0x0a:  // remember_state
                if (depth_ == kMostRemembered) {
                    row_.sound = false;
                } else {
                    remembered_[depth_++] = row_;
                }
                return;
            case 0x0b:  // restore_state
                if (depth_ == 0) {
                    row_.sound = false;
                } else {
                    row_ = remembered_[--depth_];
                }
                return;
            case 0x0c: {  // def_cfa
                const std::uint64_t base = program.number();
                return begins(base, static_cast<std::int64_t>(program.number()));
            }
            case 0x0d:  // def_cfa_register
                return begins(program.number(), row_.rule.begin);
            case 0x0e:  // def_cfa_offset
                return begins(row_.base_register, static_cast<std::int64_t>(program.number()));
            case 0x0f:  // def_cfa_expression
                return begins_by(program.block());
            case 0x10: {  // expression
                const std::uint64_t number = program.number();
                return saved_by(number, program.block());
            }
            case 0x11: {  // offset_extended_sf
                const std::uint64_t number = program.number();
                return saved(number, program.signed_number());
            }
            case 0x12: {  // def_cfa_sf
                const std::uint64_t base = program.number();
                return begins(base, program.signed_number() * entry_.data_factor);
            }
            case 0x13:  // def_cfa_offset_sf
                return begins(row_.base_register, program.signed_number() * entry_.data_factor);
            case 0x16:  // val_expression
                elsewhere(program.number());
                program.block();
                return;
            case 0x2e:  // GNU_args_size
                program.number();
                return;
            default:
                row_.sound = false;
                program.at = program.end;
        }
    }

    static constexpr std::uint32_t kMostRemembered = 8;
    const Entry& entry_;
    std::uintptr_t address_ = 0;
    std::uintptr_t at_ = 0;
    Row row_;
    Row initial_;
    Row remembered_[kMostRemembered];
    std::uint32_t depth_ = 0;
};

}  // namespace

FrameRule frame_rule_at(std::uintptr_t return_address, const ModuleView& module) {
    const std::uintptr_t address = return_address - 1;  // inside the call, which may be a function's last
    Entry entry;
    if (!find_entry(address, module, entry)) return {};
    const Row row = Machine(entry).run(address);
    if (row.outermost) return {FrameRule::Kind::outermost, FrameRule::FramePointer::kept, 0, 0};
    if (!row.sound || row.rule.kind == FrameRule::Kind::unknown) return {};
    return row.rule;
}

}  // namespace memo::tracer
