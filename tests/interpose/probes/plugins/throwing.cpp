// Asks operator new for too much: the exception and the new-handler are those of this plug-in's runtime.
#include <cstdint>
#include <new>

namespace {

int handler_calls = 0;

void handle() {
    if (++handler_calls % 3 == 0) std::set_new_handler(nullptr);
}

std::size_t too_much() {
    volatile std::size_t size = PTRDIFF_MAX / 2;
    return size;
}

}  // namespace

// 3 handler calls and a bad_alloc: 31; nothrow gives null: + 100.
extern "C" int out_of_memory() {
    handler_calls = 0;
    std::set_new_handler(handle);
    int answer = 0;
    try {
        ::operator delete(::operator new(too_much()));
    } catch (const std::bad_alloc&) {
        answer = handler_calls * 10 + 1;
    }
    if (::operator new(too_much(), std::nothrow) == nullptr) answer += 100;
    try {
        ::operator delete (::operator new (too_much(), std::align_val_t{64}), std::align_val_t{64});
    } catch (const std::bad_alloc&) {
        answer += 1000;
    }
    return answer;
}
