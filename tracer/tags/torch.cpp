// Op tags from LibTorch: every operator tells at::RecordFunction when it starts and ends; we pass its name
// on.
//
// Invariants: no thread-local state here; the token of an operation travels in its ObserverContext, so starts
// and ends pair exactly, even across exceptions. Compiled with -DNDEBUG like the library itself:
// RecordFunction's layout depends on it. TorchScript functions are named `torchscript::<name>`, so that they
// are no operators.
#include "memo_tags_built_for.h"
#include "tracer/tags/api.h"

#include <ATen/record_function.h>

#include <cstdio>
#include <memory>
#include <new>

namespace {

constinit const memo_tags_host* host = nullptr;

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

std::unique_ptr<at::ObserverContext> begin(const at::RecordFunction& operation) {
    if (operation.scope() != at::RecordScope::TORCHSCRIPT_FUNCTION) {
        return std::make_unique<OpenOperation>(host->begin(operation.name()));
    }
    char name[512];
    std::snprintf(name, sizeof name, "torchscript::%s", operation.name());
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
