#!/usr/bin/env bash
# Installs into a scratch prefix and uses what is there as an outsider would: the tool finds its libraries, pkg-config
# and find_package each build a program against the planner.
set -euo pipefail
cd "$(dirname "$0")/.."
prefix=$(mktemp -d)
trap 'rm -rf "$prefix"' EXIT
cmake --install build --prefix "$prefix/usr" >/dev/null

"$prefix/usr/bin/memo" --version
"$prefix/usr/bin/memo" trace -o "$prefix/true.memo" -- /bin/true
"$prefix/usr/bin/memo" info "$prefix/true.memo" >/dev/null

cat >"$prefix/use.cpp" <<'CODE'
#include "planner/strategy.h"
int main() {
    memo::planner::Problem problem;
    problem.blocks.push_back({memo::Bytes{64}, memo::Bytes{16}, {memo::EventIndex{0}, memo::EventIndex{2}}});
    const auto outcome = memo::planner::solve(problem);
    return outcome.ok() && outcome->height.value == 64 ? 0 : 1;
}
CODE
libdir=$(dirname "$(find "$prefix/usr" -name memomalloc.pc)")
export PKG_CONFIG_PATH=$libdir
# shellcheck disable=SC2046
g++ -std=c++20 "$prefix/use.cpp" $(pkg-config --cflags memomalloc) -o "$prefix/use" $(pkg-config --libs memomalloc)
"$prefix/use"

cat >"$prefix/CMakeLists.txt" <<'CODE'
cmake_minimum_required(VERSION 3.25)
project(use CXX)
set(CMAKE_CXX_STANDARD 20)
find_package(memomalloc 0.1 REQUIRED)
add_executable(use_cmake use.cpp)
target_link_libraries(use_cmake memomalloc::memo_planner)
CODE
cmake -S "$prefix" -B "$prefix/build" -DCMAKE_PREFIX_PATH="$prefix/usr" >/dev/null
cmake --build "$prefix/build" >/dev/null
"$prefix/build/use_cmake"
echo "install: the tool, pkg-config and find_package work from a prefix"
