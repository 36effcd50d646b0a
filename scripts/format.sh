#!/usr/bin/env bash
# Formats every source file; with --check, fails and names those that would change.
set -euo pipefail
cd "$(dirname "$0")/.."
mode=(-i)
[ "${1:-}" = --check ] && mode=(--dry-run --Werror)
git ls-files -z '*.h' '*.cpp' '*.inl' '*.c' '*.cc' | xargs -0 clang-format "${mode[@]}"
