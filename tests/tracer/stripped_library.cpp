// A library without symbols, shaped as ONNX Runtime is: kernels that an executor runs through a virtual
// function. The subject loads it and calls `request`. Each function that allocates asks for bytes of its own,
// by which its call stack is found.
#include <cstdlib>

namespace onnxruntime {

void* volatile sink;

__attribute__((noinline)) void ask(std::size_t bytes) {
    sink = std::malloc(bytes);
    std::free(sink);
}

class OpKernel {
  public:
    virtual ~OpKernel() = default;
    virtual void compute() = 0;
};

struct Attributes {
    int pads[4] = {};
};

struct Empty {};

template <class T>
class Conv : public Empty, public Attributes, public OpKernel {
  public:
    void compute() override {
        ask(7610);
        sink = nullptr;
    }
};

// Has its base's function, which is what a call stack shows.
class FusedConv : public Conv<float> {
  public:
    __attribute__((noinline)) virtual void more() {
        ask(7614);
        sink = nullptr;
    }
};

namespace functors {
struct Relu {};
}  // namespace functors

template <class F>
class ElementWiseKernel final : public OpKernel {
  public:
    void compute() override {
        ask(7611);
        sink = nullptr;
    }
};

class Upsample : public OpKernel {
  public:
    __attribute__((noinline)) void compute() override {
        ask(7612);
        sink = nullptr;
    }
};

class Resize final : public Upsample {
  public:
    void compute() override {
        Upsample::compute();
        sink = nullptr;
    }
};

class If final : public OpKernel {
  public:
    explicit If(OpKernel* inner) : inner_(inner) {}
    void compute() override {
        ask(7613);
        inner_->compute();
        sink = nullptr;
    }

  private:
    OpKernel* inner_;
};

}  // namespace onnxruntime

namespace {

using Function = void (*)();
struct Base {
    const Function* (*get_api)(unsigned version);
    const char* (*get_version)();
};

void nothing() {}

__attribute__((noinline)) void run() {
    onnxruntime::ask(7616);
    onnxruntime::sink = nullptr;
}

struct Table {
    Function functions[120];
};

constexpr Table make_table() {
    Table table = {};
    for (Function& function : table.functions) function = nothing;
    table.functions[9] = run;
    return table;
}

constexpr Table table = make_table();

const Function* get_api(unsigned version) {
    return version > 5 ? nullptr : table.functions;
}

const char* get_version() {
    return "1";
}

constexpr Base base = {get_api, get_version};

}  // namespace

extern "C" __attribute__((visibility("default"))) const void* OrtGetApiBase() {
    return &base;
}

extern "C" __attribute__((visibility("default"))) void request() {
    using namespace onnxruntime;
    static_cast<const Base*>(OrtGetApiBase())->get_api(1)[9]();
    auto* fused = new FusedConv;
    OpKernel* const kernels[] = {new Conv<float>, fused,      new ElementWiseKernel<functors::Relu>,
                                 new Upsample,    new Resize, new If(new Conv<float>)};
    for (OpKernel* volatile kernel : kernels) kernel->compute();
    FusedConv* volatile also = fused;
    also->more();
    ask(7615);
    for (OpKernel* kernel : kernels) delete kernel;
}
