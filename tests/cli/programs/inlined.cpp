// A C++ program with debug information: a request in a function that was inlined into another, which was
// inlined into a third, and functions whose names are mostly template arguments.
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

using Table = std::map<std::string, std::vector<std::map<std::string, std::vector<int>>>>;

static void* volatile kept;

__attribute__((always_inline)) inline void innermost(std::size_t size) {
    kept = std::malloc(size);  // line 13
    std::free(kept);
}

__attribute__((always_inline)) inline void middle(std::size_t size) {
    innermost(size + 1);  // line 18
}

__attribute__((noinline)) void outer() {
    middle(7100);  // line 22
    kept = nullptr;
}

template <class Key, class Value>
__attribute__((noinline)) void request(std::size_t size) {
    kept = std::malloc(size);
    std::free(kept);
    kept = nullptr;
}

int main() {
    for (int i = 0; i < 20; ++i) {
        outer();
        request<std::string, Table>(7200);
    }
}
