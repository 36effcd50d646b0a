// Op tags from LibTorch: every operator tells at::RecordFunction when it starts and ends; we pass its name
// on.
//
// Invariants: no thread-local state here; the token of an operation travels in its ObserverContext, so starts
// and ends pair exactly, even across exceptions. Compiled with -DNDEBUG like the library itself:
// RecordFunction's layout depends on it. TorchScript functions are named `torchscript::<name>`, so that they
// are no operators, and so are its modules, which are asked for on demand: it takes TorchScript microseconds
// to say where it is.
#include "memo_tags_built_for.h"
#include "tracer/tags/api.h"
#include "tracer/tags/hidden.h"

#include <ATen/record_function.h>
#include <torch/csrc/jit/runtime/interpreter.h>

#include <cstdio>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <string_view>

namespace {

constinit const memo_tags_host* host = nullptr;
constexpr const char* kTorchScript = "torchscript::";

// Its memory comes from the tracer, unrecorded: the trace must show what the program does without us.
struct OpenOperation final : at::ObserverContext {
    explicit OpenOperation(uint32_t token_of_begin) : token(token_of_begin) {}
    static void* operator new(std::size_t size) {
        void* memory = host->allocate(size);
        if (memory == nullptr) throw std::bad_alloc();
        return memory;
    }
    static void operator delete(void* memory) { host->release(memory); }

    uint32_t token;
};

constexpr std::size_t kLongestName = 512;

// Not a scope of TorchScript's, nor one of Python's (tracer/python).
bool is_operator(const char* name) {
    return std::strncmp(name, kTorchScript, std::strlen(kTorchScript)) != 0 &&
           std::strncmp(name, "nn::", 4) != 0;
}

// "torchscript::features.0.0", the module whose code TorchScript runs; empty where it runs none. It tells
// them as "TOP(Net)::forward", "features(Sequential)::forward", "0(Conv2d)::forward",
// "SELF(Conv2d)::_conv_forward".
void name_module(char (&name)[kLongestName]) {
    name[0] = '\0';
    std::size_t used = 0;
    for (const std::string& level : torch::jit::currentModuleHierarchy()) {
        const std::size_t end = level.find('(');
        if (end == std::string::npos || end == 0) continue;
        const std::string_view module(level.data(), end);
        if (module == "TOP" || module == "SELF" || used + end + 16 > sizeof name) continue;
        used += static_cast<std::size_t>(std::snprintf(name + used, sizeof name - used, "%s%.*s",
                                                       used == 0 ? kTorchScript : ".", static_cast<int>(end),
                                                       level.data()));
    }
}

// The scope of a module around an operator that is not part of another one.
uint32_t begin_in_module(const char* operation) {
    const char* around = host->innermost();
    if (around != nullptr && is_operator(around)) return host->begin(operation);
    char module[kLongestName];
    {
        const memo::tags::Hidden work(host);
        name_module(module);
    }
    if (module[0] == '\0') return host->begin(operation);
    const uint32_t token = host->begin(module);
    host->begin(operation);
    return token;
}

std::unique_ptr<at::ObserverContext> begin(const at::RecordFunction& operation) {
    if (host->scopes != 0 && operation.scope() == at::RecordScope::FUNCTION)
        return std::make_unique<OpenOperation>(begin_in_module(operation.name()));
    if (operation.scope() != at::RecordScope::TORCHSCRIPT_FUNCTION) {
        return std::make_unique<OpenOperation>(host->begin(operation.name()));
    }
    char name[kLongestName];
    std::snprintf(name, sizeof name, "%s%s", kTorchScript, operation.name());
    return std::make_unique<OpenOperation>(host->begin(name));
}

void end(const at::RecordFunction& /*operation*/, at::ObserverContext* context) {
    if (context != nullptr) host->end(static_cast<OpenOperation*>(context)->token);
}

}  // namespace

const char memo_tags_built_for[] = MEMO_TAGS_BUILT_FOR;

int memo_tags_start(const memo_tags_host* tracer) {
    if (tracer->abi != MEMO_TAGS_ABI) return 1;
    host = tracer;
    try {
        at::addGlobalCallback(
            at::RecordFunctionCallback(begin, end)
                .scopes({at::RecordScope::FUNCTION, at::RecordScope::TORCHSCRIPT_FUNCTION}));
    } catch (...) {
        return 2;
    }
    return 0;
}
