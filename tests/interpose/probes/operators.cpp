// The operator new and delete family, and what happens when it runs out of memory.
#include "probe.h"

#include <cstdint>
#include <map>
#include <memory>
#include <new>
#include <string>
#include <vector>

namespace {

void use(void* block, std::size_t size, std::size_t alignment) {
    require(block != nullptr, "the block is there");
    require(reinterpret_cast<std::uintptr_t>(block) % alignment == 0, "the block is aligned");
    memset(block, 0x66, size);
}

void every_operator() {
    for (int round = 0; round < 20; ++round) {
        for (std::size_t size = 1; size < 100000; size = size * 5 + 3) {
            void* block = ::operator new(size);
            use(block, size, 8);
            ::operator delete(block);
            block = ::operator new(size);
            use(block, size, 8);
            ::operator delete(block, size);
            block = ::operator new[](size);
            use(block, size, 8);
            ::operator delete[](block);
            block = ::operator new[](size);
            use(block, size, 8);
            ::operator delete[](block, size);
            block = ::operator new(size, std::nothrow);
            use(block, size, 8);
            ::operator delete(block, std::nothrow);
            block = ::operator new[](size, std::nothrow);
            use(block, size, 8);
            ::operator delete[](block, std::nothrow);
            for (std::size_t alignment = 1; alignment <= 4096; alignment *= 4) {
                const std::align_val_t align{alignment};
                block = ::operator new(size, align);
                use(block, size, alignment);
                ::operator delete(block, align);
                block = ::operator new[](size, align);
                use(block, size, alignment);
                ::operator delete[](block, size, align);
                block = ::operator new(size, align, std::nothrow);
                use(block, size, alignment);
                ::operator delete(block, align, std::nothrow);
                block = ::operator new[](size, align, std::nothrow);
                use(block, size, alignment);
                ::operator delete[](block, align, std::nothrow);
                block = ::operator new(size, align);
                use(block, size, alignment);
                ::operator delete(block, size, align);
                block = ::operator new[](size, align);
                use(block, size, alignment);
                ::operator delete[](block, align);
            }
        }
        ::operator delete(nullptr);
        ::operator delete[](nullptr, std::align_val_t{64});
    }
}

int handler_calls = 0;

void give_up_after_three() {
    if (++handler_calls % 3 == 0) std::set_new_handler(nullptr);
}

template <class Ask>
void ask(const char* what, Ask request) {
    std::set_new_handler(give_up_after_three);
    handler_calls = 0;
    try {
        std::printf("%s: %s", what, request(opaque(PTRDIFF_MAX / 2)) == nullptr ? "null" : "a block");
    } catch (const std::bad_alloc&) {
        std::printf("%s: bad_alloc", what);
    }
    std::printf(" after %d calls of the handler\n", handler_calls);
}

void out_of_memory() {
    const std::align_val_t align{64};
    for (int round = 0; round < 3; ++round) {
        ask("new", [](std::size_t n) { return ::operator new(n); });
        ask("new[]", [](std::size_t n) { return ::operator new[](n); });
        ask("nothrow new", [](std::size_t n) { return ::operator new(n, std::nothrow); });
        ask("nothrow new[]", [](std::size_t n) { return ::operator new[](n, std::nothrow); });
        ask("aligned new", [&](std::size_t n) { return ::operator new(n, align); });
        ask("aligned new[]", [&](std::size_t n) { return ::operator new[](n, align); });
        ask("aligned nothrow new", [&](std::size_t n) { return ::operator new(n, align, std::nothrow); });
        ask("aligned nothrow new[]", [&](std::size_t n) { return ::operator new[](n, align, std::nothrow); });
    }
}

void containers() {
    for (int round = 0; round < 10; ++round) {
        std::map<std::string, std::vector<std::unique_ptr<int>>> map;
        for (int i = 0; i < 1000; ++i) {
            auto& row = map["a key long enough to be on the heap " + std::to_string(i % 100)];
            row.push_back(std::make_unique<int>(i));
        }
        long sum = 0;
        for (const auto& [key, row] : map) {
            for (const auto& item : row) sum += *item + static_cast<long>(key.size());
        }
        std::printf("%ld\n", sum);
    }
}

}  // namespace

int main(int argc, char** argv) {
    static const ProbeCase cases[] = {
        {"every_operator", every_operator},
        {"out_of_memory", out_of_memory},
        {"containers", containers},
    };
    return run_case(cases, sizeof cases / sizeof *cases, argc, argv);
}
