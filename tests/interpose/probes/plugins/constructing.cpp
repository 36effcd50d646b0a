// Allocates in its constructors, and gives back in its destructors.
#include <cstdlib>
#include <map>
#include <string>

namespace {

const std::map<int, std::string>& words() {
    static const std::map<int, std::string> made = [] {
        std::map<int, std::string> map;
        for (int i = 0; i < 100; ++i) map[i] = std::string(static_cast<std::size_t>(i) + 20, 'x');
        return map;
    }();
    return made;
}

const std::size_t word_count = words().size();  // made while the library loads

}  // namespace

extern "C" int constructing_check() {
    if (word_count != 100) return 1;
    for (const auto& [i, word] : words()) {
        if (word != std::string(static_cast<std::size_t>(i) + 20, 'x')) return 1;
    }
    return 0;
}
