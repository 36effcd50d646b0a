#!/usr/bin/env bash
# Installs into a scratch prefix and uses what is there as an outsider would: the tool finds its libraries, pkg-config
# and find_package each build a C++ and a C program against the planner.
set -euo pipefail
cd "$(dirname "$0")/.."
prefix=$(mktemp -d)
trap 'rm -rf "$prefix"' EXIT
cmake --install build --prefix "$prefix/usr" >/dev/null

"$prefix/usr/bin/memo" --version
"$prefix/usr/bin/memo" trace -o "$prefix/true.memo" -- /bin/true
"$prefix/usr/bin/memo" info "$prefix/true.memo" >/dev/null
"$prefix/usr/bin/memo" report -q -o "$prefix/true.html" "$prefix/true.memo"

# A manual page for every command that there is, and completion that a shell takes.
for command in $("$prefix/usr/bin/memo" --help | sed -n '/^Subcommands:/,$s/^  \([a-z]*\) .*/\1/p'); do
    test -s "$prefix/usr/share/man/man1/memo-$command.1"
done
bash -n "$prefix/usr/share/bash-completion/completions/memo"

# The examples of docs/embedding.md, as they stand there.
example() { sed -n '/^```'"$1"'$/,/^```$/p' docs/embedding.md | sed '1d;$d'; }
example cpp >"$prefix/use.cpp"
example c >"$prefix/use.c"
libdir=$(dirname "$(find "$prefix/usr" -name memomalloc.pc)")
export PKG_CONFIG_PATH=$libdir
# shellcheck disable=SC2046
g++ -std=c++20 "$prefix/use.cpp" $(pkg-config --cflags memomalloc) -o "$prefix/use" $(pkg-config --libs memomalloc)
"$prefix/use" >/dev/null
# shellcheck disable=SC2046
cc -std=c99 -Wall -Wextra -pedantic -Werror "$prefix/use.c" $(pkg-config --cflags --libs memoplan) \
    -Wl,-rpath,"$(dirname "$libdir")" -o "$prefix/use_c"
"$prefix/use_c" >/dev/null 2>&1

cat >"$prefix/CMakeLists.txt" <<'CODE'
cmake_minimum_required(VERSION 3.25)
project(use C CXX)
set(CMAKE_CXX_STANDARD 20)
find_package(memomalloc 0.1 REQUIRED)
add_executable(use_cmake use.cpp)
target_link_libraries(use_cmake memomalloc::memo_planner)
add_executable(use_c_cmake use.c)
target_link_libraries(use_c_cmake memomalloc::memoplan)
CODE
cmake -S "$prefix" -B "$prefix/build" -DCMAKE_PREFIX_PATH="$prefix/usr" >/dev/null
cmake --build "$prefix/build" >/dev/null
"$prefix/build/use_cmake" >/dev/null
"$prefix/build/use_c_cmake" >/dev/null 2>&1
echo "install: the tool, pkg-config and find_package work from a prefix"
