// Asking the C++ runtime (cli/demangle.h).
#include "cli/demangle.h"

#include <cxxabi.h>

#include <cstdlib>
#include <memory>

namespace memo {

std::string demangled(std::string name) {
    if (const std::size_t version = name.find('@'); version != std::string::npos && version != 0)
        name.resize(version);
    int status = 0;
    const std::unique_ptr<char, decltype(&std::free)> text(
        abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status), &std::free);
    return status == 0 && text != nullptr ? text.get() : name;
}

}  // namespace memo
