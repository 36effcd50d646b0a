// Loading op-tag plug-ins (tracer/plugins.h, tracer/tags/api.h).
#include "tracer/plugins.h"

#include "interpose/next.h"
#include "tracer/lock.h"
#include "tracer/recorder.h"
#include "tracer/settings.h"
#include "tracer/tags/api.h"

#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstring>

namespace memo::tracer::plugins {
namespace {

constexpr const char* kRuntime = "libtorch_cpu.so";
constexpr std::size_t kPathBytes = 4096;

enum class State : std::uint8_t { none, waiting, loading, done };
constinit std::atomic<State> progress{State::none};
// Before that, the process's first libraries are still being constructed, on this thread and without the
// loader's lock: a dlopen of ours would construct them a second time, at the same time.
constinit std::atomic<bool> libraries_are_up{false};

// Of the runtime; written once, before `progress` leaves `none`.
constinit char runtime_path[kPathBytes] = {};
constinit BuildId runtime_build_id;

const char* file_name(const char* path) {
    const char* slash = std::strrchr(path, '/');
    return slash == nullptr ? path : slash + 1;
}

bool is_runtime(const char* path) {
    return std::strncmp(file_name(path), kRuntime, std::strlen(kRuntime)) == 0;
}

void remember(const char* path, const BuildId& build_id) {
    std::strncpy(runtime_path, path, sizeof runtime_path - 1);
    runtime_build_id = build_id;
}

template <class... Arguments>
void remark(const char* text, Arguments... arguments) {
    char line[kPathBytes];
    const int length = std::snprintf(line, sizeof line, text, arguments...);
    if (length > 0) note({line, std::strlen(line)});
}

// <directory of this library>/memo/tags/<file name of the runtime>.so
bool plugin_path(char* path, std::size_t bytes) {
    ModuleView self;
    if (!find_module(reinterpret_cast<const void*>(&plugin_path), self)) return false;
    const auto directory = static_cast<int>(file_name(self.path) - self.path);
    const int length =
        std::snprintf(path, bytes, "%.*smemo/tags/%s.so", directory, self.path, file_name(runtime_path));
    return length > 0 && static_cast<std::size_t>(length) < bytes;
}

bool is_built_for(const char* hex) {
    char digits[2 * sizeof runtime_build_id.bytes + 1] = {};
    for (std::size_t i = 0; i < runtime_build_id.size; ++i) {
        std::snprintf(digits + 2 * i, 3, "%02x", runtime_build_id.bytes[i]);
    }
    return runtime_build_id.size > 0 && std::strcmp(digits, hex) == 0;
}

std::uint32_t begin_operation(const char* name) {
    return operation_begin(name);
}

void* allocate(std::size_t size) {
    return interpose::next_allocate<EntryPoint::malloc>(size, 0).block;
}

constinit memo_tags_host host = {
    MEMO_TAGS_ABI,       begin_operation, operation_end, allocate, interpose::next_release,
    innermost_operation, hide_work,       show_work,     0};

void load() {
    host.scopes = settings.scopes ? 1 : 0;
    char path[kPathBytes];
    if (!plugin_path(path, sizeof path) || access(path, R_OK) != 0) {
        return remark("no op-tag plug-in for %.2000s: tags come from call stacks", runtime_path);
    }
    void* plugin = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (plugin == nullptr)
        return remark("op-tag plug-in not loaded, tags come from call stacks: %.2000s", dlerror());
    const auto* built_for = static_cast<const char*>(dlsym(plugin, "memo_tags_built_for"));
    const auto start = reinterpret_cast<decltype(&memo_tags_start)>(dlsym(plugin, "memo_tags_start"));
    if (built_for == nullptr || start == nullptr) {
        remark("not an op-tag plug-in: %.2000s", path);
    } else if (!is_built_for(built_for)) {
        remark(
            "op-tag plug-in steps aside, tags come from call stacks: it was built for another build of "
            "%.2000s (%.80s)",
            runtime_path, built_for);
    } else if (start(&host) != 0) {
        remark("op-tag plug-in refused to start: %.2000s", path);
    } else {
        remark("op-tag plug-in loaded: %.2000s", path);
    }
}

void* run_loader(void* /*unused*/) {
    const OwnWork own;
    load();
    progress.store(State::done);
    return nullptr;
}

int find_present(dl_phdr_info* info, std::size_t /*size*/, void* /*unused*/) {
    if (!is_runtime(info->dlpi_name)) return 0;
    ModuleView view;
    for (int i = 0; i < info->dlpi_phnum; ++i) {
        const auto& segment = info->dlpi_phdr[i];
        if (segment.p_type == PT_LOAD && find_module(pointer_to(info->dlpi_addr + segment.p_vaddr), view)) {
            remember(info->dlpi_name, build_id_of(view));
            return 1;
        }
    }
    return 0;
}

}  // namespace

void module_appeared(const char* path, const BuildId& build_id) {
    if (!is_runtime(path) || progress.load() != State::none) return;
    remember(path, build_id);
    progress.store(State::waiting);
}

void load_pending() {
    if (progress.load(std::memory_order_relaxed) != State::waiting) [[likely]]
        return;
    if (!libraries_are_up.load(std::memory_order_relaxed)) return;
    State expected = State::waiting;
    if (!progress.compare_exchange_strong(expected, State::loading)) return;
    const ErrnoKept error;
    const SignalsBlocked signals;  // the new thread inherits it: no handler of the program runs there
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, std::size_t{1} << 20);
    pthread_t thread = 0;
    if (pthread_create(&thread, &attributes, run_loader, nullptr) != 0) progress.store(State::done);
    pthread_attr_destroy(&attributes);
}

void load_present() {
    libraries_are_up.store(true);
    State before = progress.load();
    if (before != State::none && before != State::waiting) return;
    if (!progress.compare_exchange_strong(before, State::loading)) return;
    if (before == State::none && dl_iterate_phdr(find_present, nullptr) == 0) {
        progress.store(State::none);
        return;
    }
    load();
    progress.store(State::done);
}

void after_fork() {
    if (progress.load() != State::done) progress.store(State::none);
}

}  // namespace memo::tracer::plugins
