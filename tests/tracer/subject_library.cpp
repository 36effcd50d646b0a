// A library that the subject loads and unloads; compiled several times, with different sizes to ask for.
#include <cstdlib>

namespace {
void* volatile sink;
}

extern "C" __attribute__((visibility("default"))) void request() {
    sink = std::malloc(MEMO_TEST_SIZE);
    std::free(sink);
}
