// Reading the environment, once, while the library starts: nothing of it in a process that runs with more
// privileges than its caller.
#pragma once

#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace memo {

// Whether any variable of ours, MEMO_…, is set: in most processes none is, which is seen in one pass over the
// environment, as it was when this was asked first.
inline bool any_variable() {
    static constinit bool known = false;
    static constinit bool any = false;
    if (!known) {
        for (char** entry = environ; entry != nullptr && *entry != nullptr && !any; ++entry)
            any = std::strncmp(*entry, "MEMO_", 5) == 0;
        known = true;
    }
    return any;
}

// One of them; nullptr if it is not set.
inline const char* variable(const char* name) {
    return any_variable() ? secure_getenv(name) : nullptr;
}

// An environment variable in `text`, which is empty before and is not touched if the variable is not set or
// does not fit: a page less in every process that starts.
// Whether there is text in it now.
inline bool copy_variable(const char* name, char* text, std::size_t room) {
    const char* value = variable(name);
    if (value == nullptr || std::strlen(value) >= room) return false;
    std::memcpy(text, value, std::strlen(value) + 1);
    return *value != '\0';
}

// Whether a switch is set: to anything but "0".
inline bool is_on(const char* name) {
    const char* value = variable(name);
    return value != nullptr && *value != '\0' && std::strcmp(value, "0") != 0;
}

// Whether what is on without it is switched off.
inline bool is_off(const char* name) {
    const char* value = variable(name);
    return value != nullptr && std::strcmp(value, "0") == 0;
}

}  // namespace memo
