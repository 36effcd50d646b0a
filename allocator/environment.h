// Reading the environment, once, while the library starts: nothing of it in a process that runs with more
// privileges than its caller.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace memo {

// An environment variable in `text`, which is empty before and is not touched if the variable is not set or
// does not fit: a page less in every process that starts.
inline void copy_variable(const char* name, char* text, std::size_t room) {
    const char* value = secure_getenv(name);
    if (value != nullptr && std::strlen(value) < room) std::memcpy(text, value, std::strlen(value) + 1);
}

// Whether a switch is set: to anything but "0".
inline bool is_on(const char* name) {
    const char* value = secure_getenv(name);
    return value != nullptr && *value != '\0' && std::strcmp(value, "0") != 0;
}

// Whether what is on without it is switched off.
inline bool is_off(const char* name) {
    const char* value = secure_getenv(name);
    return value != nullptr && std::strcmp(value, "0") == 0;
}

}  // namespace memo
