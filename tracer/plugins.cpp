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

constexpr std::size_t kPathBytes = 4096;

enum class State : std::uint8_t { none, waiting, loading, done };

// A library that there may be a plug-in for. `path` and `build_id` are written once, before `progress` leaves
// `none`.
struct Runtime {
    const char* name;  // without a version
    std::atomic<State> progress{State::none};
    std::atomic<std::uintptr_t> plugin{0};  // where the plug-in is mapped
    char path[kPathBytes] = {};
    BuildId build_id = {};
};
constinit Runtime runtimes[] = {{.name = "libtorch_cpu.so"}, {.name = "libonnxruntime.so"}};

constinit std::atomic<bool> one_is_waiting{false};
// Before that, the process's first libraries are still being constructed, on this thread and without the
// loader's lock: a dlopen of ours would construct them a second time, at the same time.
constinit std::atomic<bool> libraries_are_up{false};

const char* file_name(const char* path) {
    const char* slash = std::strrchr(path, '/');
    return slash == nullptr ? path : slash + 1;
}

Runtime* runtime_at(const char* path) {
    for (Runtime& runtime : runtimes) {
        if (std::strncmp(file_name(path), runtime.name, std::strlen(runtime.name)) == 0) return &runtime;
    }
    return nullptr;
}

void remember(Runtime& runtime, const char* path, const BuildId& build_id) {
    std::strncpy(runtime.path, path, sizeof runtime.path - 1);
    runtime.build_id = build_id;
}

template <class... Arguments>
void remark(const char* text, Arguments... arguments) {
    char line[kPathBytes];
    const int length = std::snprintf(line, sizeof line, text, arguments...);
    if (length > 0) note({line, std::strlen(line)});
}

// <directory of this library>/memo/tags/<name>.so
bool plugin_path(const char* name, char* path, std::size_t bytes) {
    ModuleView self;
    if (!find_module(reinterpret_cast<const void*>(&plugin_path), self)) return false;
    const auto directory = static_cast<int>(file_name(self.path) - self.path);
    const int length = std::snprintf(path, bytes, "%.*smemo/tags/%s.so", directory, self.path, name);
    return length > 0 && static_cast<std::size_t>(length) < bytes && access(path, R_OK) == 0;
}

// A plug-in that is for any build has an empty id.
bool is_built_for(const char* hex, const BuildId& build_id) {
    char digits[2 * sizeof build_id.bytes + 1] = {};
    for (std::size_t i = 0; i < build_id.size; ++i) {
        std::snprintf(digits + 2 * i, 3, "%02x", build_id.bytes[i]);
    }
    return *hex == '\0' || (build_id.size > 0 && std::strcmp(digits, hex) == 0);
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

void load(Runtime& runtime) {
    host.scopes = settings.scopes ? 1 : 0;
    char path[kPathBytes];
    if (!plugin_path(file_name(runtime.path), path, sizeof path) &&
        !plugin_path(runtime.name, path, sizeof path)) {
        return remark("no op-tag plug-in for %.2000s: tags come from call stacks", runtime.path);
    }
    void* plugin = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (plugin == nullptr)
        return remark("op-tag plug-in not loaded, tags come from call stacks: %.2000s", dlerror());
    const auto* built_for = static_cast<const char*>(dlsym(plugin, "memo_tags_built_for"));
    const auto start = reinterpret_cast<decltype(&memo_tags_start)>(dlsym(plugin, "memo_tags_start"));
    ModuleView view;
    if (find_module(reinterpret_cast<const void*>(start), view)) runtime.plugin.store(view.start);
    if (built_for == nullptr || start == nullptr) {
        remark("not an op-tag plug-in: %.2000s", path);
    } else if (!is_built_for(built_for, runtime.build_id)) {
        remark(
            "op-tag plug-in steps aside, tags come from call stacks: it was built for another build of "
            "%.2000s (%.80s)",
            runtime.path, built_for);
    } else if (const int refusal = start(&host); refusal != 0) {
        remark("op-tag plug-in steps aside, tags come from call stacks: it does not know this %.2000s (%d)",
               runtime.path, refusal);
    } else {
        remark("op-tag plug-in loaded: %.2000s", path);
    }
}

// Loads the plug-in, if the runtime is in state `from` still.
void load_from(State from, Runtime& runtime) {
    if (!runtime.progress.compare_exchange_strong(from, State::loading)) return;
    load(runtime);
    runtime.progress.store(State::done);
}

void* run_loader(void* /*unused*/) {
    const OwnWork own;
    for (Runtime& runtime : runtimes) load_from(State::waiting, runtime);
    return nullptr;
}

int find_present(dl_phdr_info* info, std::size_t /*size*/, void* /*unused*/) {
    Runtime* runtime = runtime_at(info->dlpi_name);
    if (runtime == nullptr || runtime->progress.load() != State::none) return 0;
    ModuleView view;
    for (int i = 0; i < info->dlpi_phnum; ++i) {
        const auto& segment = info->dlpi_phdr[i];
        if (segment.p_type == PT_LOAD && find_module(pointer_to(info->dlpi_addr + segment.p_vaddr), view)) {
            remember(*runtime, info->dlpi_name, build_id_of(view));
            runtime->progress.store(State::waiting);
            return 0;
        }
    }
    return 0;
}

}  // namespace

void module_appeared(const char* path, const BuildId& build_id) {
    Runtime* runtime = runtime_at(path);
    if (runtime == nullptr || runtime->progress.load() != State::none) return;
    remember(*runtime, path, build_id);
    runtime->progress.store(State::waiting);
    one_is_waiting.store(true);
}

void load_pending() {
    if (!one_is_waiting.load(std::memory_order_relaxed)) [[likely]]
        return;
    if (!libraries_are_up.load(std::memory_order_relaxed) || !one_is_waiting.exchange(false)) return;
    const ErrnoKept error;
    const SignalsBlocked signals;  // the new thread inherits it: no handler of the program runs there
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, std::size_t{1} << 20);
    pthread_t thread = 0;
    (void)pthread_create(&thread, &attributes, run_loader, nullptr);  // or tags come from call stacks
    pthread_attr_destroy(&attributes);
}

void load_present() {
    libraries_are_up.store(true);
    one_is_waiting.store(false);
    dl_iterate_phdr(find_present, nullptr);
    for (Runtime& runtime : runtimes) load_from(State::waiting, runtime);
}

bool is_plugin(const ModuleView& module) {
    for (const Runtime& runtime : runtimes) {
        if (runtime.plugin.load(std::memory_order_relaxed) == module.start) return true;
    }
    return false;
}

void after_fork() {
    one_is_waiting.store(false);
    for (Runtime& runtime : runtimes) {
        if (runtime.progress.load() != State::done) runtime.progress.store(State::none);
    }
}

}  // namespace memo::tracer::plugins
