// The program `ligo`.
#include "scientific/ligo/commands.h"

#include <exception>
#include <new>

int main(int count, char** arguments) {
    try {
        return memo::ligo::run(count, arguments);
    } catch (const std::bad_alloc&) {
        memo::ligo::say("out of memory");
    } catch (const std::exception& error) {
        memo::ligo::say(error.what());
    }
    return memo::ligo::kBadUsage;
}
