// pprof's profile.proto (cli/export/exports.h; github.com/google/pprof/blob/main/proto/profile.proto),
// message by message: the profile is never whole in memory, only its table of strings is.
#include "cli/export/exports.h"
#include "cli/export/gzip_file.h"
#include "cli/export/protobuf.h"

#include <unordered_map>

namespace memo::cli {

namespace {

// Field numbers of profile.proto.
namespace profile {
constexpr std::uint32_t kSampleType = 1;
constexpr std::uint32_t kSample = 2;
constexpr std::uint32_t kMapping = 3;
constexpr std::uint32_t kLocation = 4;
constexpr std::uint32_t kFunction = 5;
constexpr std::uint32_t kString = 6;
constexpr std::uint32_t kTimeNanos = 9;
constexpr std::uint32_t kComment = 13;
constexpr std::uint32_t kDefaultSampleType = 14;
}  // namespace profile

// Messages of a profile, each written as soon as it is made. Ids begin with 1: 0 stands for none.
class Profile {
  public:
    Profile(const Exported& what, WholeFile& out) : what_(what), out_(out) { (void)string(""); }

    void write() {
        header();
        mappings();
        for (const Origin& origin : origins_of(what_.summary, what_.requesters, what_.tags)) sample(origin);
        locations();
        for (const std::string* text : order_) emit(profile::kString, *text);
        out_.finish();
    }

  private:
    std::uint64_t string(const std::string& text) {
        const auto [at, fresh] = strings_.try_emplace(text, order_.size());
        if (fresh) order_.push_back(&at->first);
        return at->second;
    }

    template <class Value>
    void emit(std::uint32_t field, const Value& value) {
        ProtoMessage message;
        message.add(field, value);
        out_.write(message.bytes());
    }

    void header() {
        static constexpr const char* kValues[][2] = {
            {"alloc_objects", "count"}, {"alloc_space", "bytes"},       {"inuse_objects", "count"},
            {"inuse_space", "bytes"},   {"temporary_objects", "count"}, {"temporary_space", "bytes"},
        };
        for (const auto& value : kValues) {
            ProtoMessage type;
            type.add(1, string(value[0]));
            type.add(2, string(value[1]));
            emit(profile::kSampleType, type);
        }
        emit(profile::kDefaultSampleType, string("inuse_space"));
        emit(profile::kComment, string("inuse: what was live at the moment with the most live bytes"));
        emit(profile::kTimeNanos, what_.trace.start_unix_ns);
    }

    void mappings() {
        for (std::size_t i = 0; i < what_.trace.modules.size(); ++i) {
            const Module& module = what_.trace.modules[i];
            ProtoMessage mapping;
            mapping.add(1, i + 1);
            mapping.add(2, module.base);
            mapping.add(3, module.base + module.size);
            mapping.add(5, string(module.path));
            mapping.add(6, string(module.build_id));
            mapping.add(7, 1);
            emit(profile::kMapping, mapping);
        }
    }

    void sample(const Origin& origin) {
        std::vector<std::uint64_t> stack;
        for (const std::uint32_t frame : what_.frames.stack(origin.site)) stack.push_back(frame + 1);
        const Group& cost = origin.cost;
        const std::uint64_t values[] = {cost.allocations,           cost.bytes,
                                        cost.peak_allocations,      cost.peak_bytes,
                                        cost.temporary_allocations, cost.temporary_bytes};
        ProtoMessage message;
        message.add_packed(1, stack);
        message.add_packed(2, values);
        if (origin.tag != 0) {
            ProtoMessage label;
            label.add(1, string("op"));
            label.add(2, string(what_.tags.tags()[origin.tag]));
            message.add(3, label);
        }
        emit(profile::kSample, message);
    }

    void locations() {
        const auto& frames = what_.frames.frames();
        for (std::size_t i = 0; i < frames.size(); ++i) {
            const Frame& frame = frames[i].frame;
            ProtoMessage location;
            location.add(1, i + 1);
            if (frame.module != kNone) location.add(2, std::uint64_t{frame.module} + 1);
            location.add(3,
                         frame.offset + (frame.module == kNone ? 0 : what_.trace.modules[frame.module].base));
            for (const TableLine& place : frames[i].source) {
                ProtoMessage line;
                line.add(1, std::uint64_t{place.function} + 1);
                if (place.line != 0) line.add(2, place.line);
                location.add(4, line);
            }
            emit(profile::kLocation, location);
        }
        const auto& functions = what_.frames.functions();
        for (std::size_t i = 0; i < functions.size(); ++i) {
            ProtoMessage function;
            function.add(1, i + 1);
            function.add(2, string(functions[i].name));
            if (!functions[i].file.empty()) function.add(4, string(functions[i].file));
            emit(profile::kFunction, function);
        }
    }

    const Exported& what_;
    GzipFile out_;
    std::unordered_map<std::string, std::uint64_t> strings_;
    std::vector<const std::string*> order_;
};

}  // namespace

void export_pprof(const Exported& what, WholeFile& out) {
    Profile(what, out).write();
}

}  // namespace memo::cli
