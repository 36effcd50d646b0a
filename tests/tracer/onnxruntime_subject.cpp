// A program that is linked with what stands for ONNX Runtime, and runs its kernels once.
extern "C" int run();

int main() {
    return run();
}
