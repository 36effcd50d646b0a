#!/usr/bin/env bash
# clang-tidy over every source file of the product, in parallel; any finding fails.
set -euo pipefail
cd "$(dirname "$0")/.."
[ -f build/compile_commands.json ] || cmake --preset release >/dev/null
git ls-files -z 'common/*.cpp' 'interpose/*.cpp' 'tracer/*.cpp' 'planner/*.cpp' 'allocator/*.cpp' 'cli/*.cpp' 'scientific/*.cpp' |
    xargs -0 -n 1 -P "$(nproc)" clang-tidy -p build --quiet --extra-arg=-Wno-unknown-warning-option
