// A program that allocates on call stacks of many shapes and writes down, next to each request, the return
// addresses that the C library's own unwinder finds: one line a request in the file `stacks`, its size and
// then the addresses, the innermost first.
#include <alloca.h>
#include <execinfo.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <thread>

namespace {

std::FILE* stacks = nullptr;
std::size_t next_size = 30'000;

// The compiler may not drop a request whose block it cannot follow, nor make a call of two into a jump.
void keep(void* block) {
    asm volatile("" : : "r"(block) : "memory");
}

[[gnu::noinline]] void request() {
    void* addresses[256];
    const int depth = backtrace(addresses, 256);
    void* const block = std::malloc(next_size);
    std::fprintf(stacks, "%zu", next_size++);
    for (int i = 0; i < depth; ++i) std::fprintf(stacks, " %p", addresses[i]);
    std::fprintf(stacks, "\n");
    keep(block);
    std::free(block);
}

// A frame whose size is known only at run time.
[[gnu::noinline]] void with_alloca(std::size_t bytes) {
    keep(std::memset(alloca(bytes), 1, bytes));
    request();
    keep(&bytes);
}

// A frame that is aligned further than its caller's.
[[gnu::noinline]] void with_alignment(std::size_t bytes) {
    alignas(256) char wide[512];
    keep(wide);
    with_alloca(bytes);
    keep(wide);
}

[[gnu::noinline]] void with_registers(int a, int b, int c, int d, int e, int f, int g) {
    with_alignment(static_cast<std::size_t>(64 + a));
    std::array<int, 7> all = {a, b, c, d, e, f, g};
    keep(all.data());
    request();
    keep(all.data());
}

// Up and down: most of the stack stays from one request to the next.
[[gnu::noinline]] void recursive(int depth) {
    if (depth % 3 == 0) request();
    if (depth > 0) recursive(depth - 1);
    if (depth % 5 == 0) with_registers(depth, 2, 3, 4, 5, 6, 7);
    keep(&depth);
}

int through_c_library(const void* a, const void* b) {
    if (next_size % 2 == 0) recursive(3);
    request();
    return *static_cast<const int*>(a) - *static_cast<const int*>(b);
}

[[gnu::noinline]] void throwing(int depth) {
    request();
    if (depth == 0) throw depth;
    throwing(depth - 1);
    keep(&depth);
}

void everything() {
    recursive(40);
    std::array<int, 8> numbers = {5, 3, 8, 1, 9, 2, 7, 4};
    std::qsort(numbers.data(), numbers.size(), sizeof(int), through_c_library);
    const std::function<void(int)> called = [](int depth) { recursive(depth); };
    called(6);
    try {
        throwing(5);
    } catch (int) {
        request();
    }
    keep(numbers.data());
}

void on_signal(int) {
    recursive(4);
}

}  // namespace

int main() {
    stacks = std::fopen("stacks", "w");
    if (stacks == nullptr) return 1;
    everything();
    std::thread(everything).join();
    std::signal(SIGUSR1, on_signal);
    std::raise(SIGUSR1);
    request();
    return std::fclose(stacks) == 0 ? 0 : 1;
}
