# Options, language level and warnings that hold in every directory.
option(MEMO_TESTS "Build the tests" ON)
option(MEMO_FUZZERS "Build the libFuzzer targets (clang only)" OFF)
option(MEMO_TORCH "Build the LibTorch op-tag plug-in when LibTorch is found" ON)
set(MEMO_SANITIZE "" CACHE STRING "Sanitizers for everything but the preloaded libraries, e.g. address,undefined")

if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Werror)
# GCC 12 warns of string concatenation itself (bug 105329).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-Wno-restrict)
endif()
include_directories(${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR}/generated)

if(MEMO_SANITIZE)
    add_compile_options(-fsanitize=${MEMO_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    add_link_options(-fsanitize=${MEMO_SANITIZE})
endif()
if(MEMO_FUZZERS)
    if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
        message(FATAL_ERROR "MEMO_FUZZERS needs clang: use the preset `asan`")
    endif()
    add_compile_options(-fsanitize=fuzzer-no-link) # everything once, for tests and fuzzers alike
endif()

configure_file(${CMAKE_SOURCE_DIR}/cmake/version.h.in ${CMAKE_BINARY_DIR}/generated/common/version.h @ONLY)
