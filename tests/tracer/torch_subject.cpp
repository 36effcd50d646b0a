// A program that links LibTorch and computes a little; for the tests of its op-tag plug-in.
#include <ATen/ATen.h>

int main() {
    const at::Tensor square = at::ones({97, 97});
    for (int i = 0; i < 3; ++i) at::relu(at::mm(square, square));
}
