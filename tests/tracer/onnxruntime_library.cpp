// A library that is to ONNX Runtime's plug-in what ONNX Runtime is: kernels that are run through one virtual
// function, the public C interface, and no symbols besides OrtGetApiBase. Each kernel asks for bytes of its
// own, by which its allocation is found. FAKE_ORT_VERSION is the version it says it has.
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <utility>

namespace onnxruntime {

void* volatile sink;

__attribute__((noinline)) void ask(std::size_t bytes) {
    sink = std::malloc(bytes);
    std::free(sink);
}

// Not trivial to destroy, so it is returned in memory of the caller's.
class Status {
  public:
    explicit Status(int code = 0) : code_(code == 0 ? nullptr : new int(code)) {}
    [[nodiscard]] int code() const { return code_ == nullptr ? 0 : *code_; }

  private:
    std::unique_ptr<int> code_;
};

struct OpKernelContext {
    int run = 0;
};

struct OpKernelInfo {
    std::string name;
    std::string output;
};

class OpKernel {
  public:
    explicit OpKernel(OpKernelInfo info) : info_(std::make_unique<OpKernelInfo>(std::move(info))) {}
    virtual ~OpKernel() = default;
    virtual Status Compute(OpKernelContext* context) const = 0;  // NOLINT(readability-identifier-naming)
    [[nodiscard]] virtual bool is_async() const { return false; }

  private:
    std::unique_ptr<OpKernelInfo> info_;
};

struct Attributes {
    int pads[4] = {};
};

template <class T>
class Conv : public Attributes, public OpKernel {
  public:
    using OpKernel::OpKernel;
    explicit Conv(OpKernelInfo info) : OpKernel(std::move(info)) {}
    Status Compute(OpKernelContext* context) const override {
        ask(7710);
        ++context->run;
        return Status(7);
    }
};

// Has its base's function.
class FusedConv final : public Conv<float> {
  public:
    using Conv<float>::Conv;
    [[nodiscard]] bool is_async() const override { return true; }
};

class Broken final : public OpKernel {
  public:
    using OpKernel::OpKernel;
    Status Compute(OpKernelContext* context) const override {
        ask(7712);
        if (context->run > 0) throw 1;
        return Status();
    }
};

class If final : public OpKernel {
  public:
    If(OpKernelInfo info, OpKernel* inner) : OpKernel(std::move(info)), inner_(inner) {}
    Status Compute(OpKernelContext* context) const override {
        ask(7713);
        OpKernel* volatile inner = inner_;
        Status status = inner->Compute(context);
        ask(7714);
        return status;
    }

  private:
    OpKernel* inner_;
};

}  // namespace onnxruntime

namespace {

using onnxruntime::OpKernel;
using onnxruntime::OpKernelInfo;

void* copy(const std::string& text, char* out, std::size_t* bytes) {
    const std::size_t room = std::exchange(*bytes, text.size() + 1);
    if (room < *bytes) return new int(1);
    std::memcpy(out, text.c_str(), *bytes);
    return nullptr;
}

void* node_name(const OpKernelInfo* info, char* out, std::size_t* bytes) {
    return copy(info->name, out, bytes);
}

void* output_name(const OpKernelInfo* info, std::size_t output, char* out, std::size_t* bytes) {
    return output == 0 ? copy(info->output, out, bytes) : new int(2);
}

void release_status(int* status) {
    delete status;
}

struct Table {
    const void* functions[276] = {};
};
Table table;

const void* const* get_api(std::uint32_t version) {
    if (version > 21) return nullptr;
    table.functions[93] = reinterpret_cast<const void*>(&release_status);
    table.functions[233] = reinterpret_cast<const void*>(&output_name);
    table.functions[244] = reinterpret_cast<const void*>(&node_name);
    return table.functions;
}

const char* get_version() {
    const char* version = std::getenv("FAKE_ORT_VERSION");
    return version == nullptr ? "1.21.1" : version;
}

struct Base {
    const void* const* (*get_api)(std::uint32_t version);
    const char* (*get_version)();
};
constexpr Base base = {get_api, get_version};

int run_all() {
    using namespace onnxruntime;
    Conv<float> inner({"inner", ""});
    Conv<float> first({"first", "y"});
    FusedConv second({std::string(3000, 'n'), "z"});
    Conv<double> nameless({"", ""});
    Conv<float> by_output({"", "output"});
    If outer({"outer", ""}, &inner);
    Broken broken({"broken", ""});
    OpKernelContext context;
    int codes = 0;
    OpKernel* const kernels[] = {&first, &second, &nameless, &by_output, &outer};
    for (OpKernel* volatile kernel : kernels) codes += kernel->Compute(&context).code();
    OpKernel* volatile last = &broken;
    try {
        codes += last->Compute(&context).code();
    } catch (int thrown) {
        codes += thrown;
    }
    ask(7715);
    return codes;
}

}  // namespace

#define MEMO_EXPORTED extern "C" __attribute__((visibility("default")))

MEMO_EXPORTED const void* OrtGetApiBase() {
    return &base;
}

// What the kernels returned and threw, added up: 36.
MEMO_EXPORTED int run() {
    return run_all();
}

// Loaded while the program runs, the plug-in comes a moment later, once the first allocation was seen.
MEMO_EXPORTED void request() {
    onnxruntime::Conv<float> kernel({"", ""});
    void* const* functions = *reinterpret_cast<void* const* const*>(static_cast<OpKernel*>(&kernel));
    void* volatile const* compute = &functions[2];
    const void* const before = *compute;
    for (int i = 0; i < 10'000 && *compute == before; ++i) {
        onnxruntime::ask(1);
        usleep(1000);
    }
    run_all();
}
