#!/usr/bin/env bash
# The main job, end to end, on a program nobody here wrote: MobileNetV2 in Debian's PyTorch, eager.
# Installs what is missing, builds, traces, finds the period, plans, verifies, runs on the plan, and compares.
#   MEMO_DEMO_STARTS  process starts an allocator in the comparison (3)
#   MEMO_DEMO_ROUNDS  inferences a start (40)
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/setup.sh demo
make --no-print-directory release >&2

memo=build/bin/memo
work=build/demo
mkdir -p "$work"
. scripts/environment.sh
program=(/usr/bin/python3 scripts/mobilenet.py)

step() { printf '\n== %s\n' "$1"; }

step "Trace: 15 inferences of MobileNetV2 under the tracer"
"$memo" trace -o "$work/mobilenet.memo" -- "${program[@]}" 15

step "Periods: what repeats"
"$memo" periods "$work/mobilenet.memo"

step "Top: where one inference asks for memory, by operation"
"$memo" top --round -n 12 "$work/mobilenet.memo"

step "Plan: an offset for every block of the round"
"$memo" plan "$work/mobilenet.memo" -o "$work/mobilenet.plan"

step "Verify: by code that shares nothing with the planner"
"$memo" verify "$work/mobilenet.plan" "$work/mobilenet.memo"

step "Run: the same program on its plan"
"$memo" run --plan "$work/mobilenet.plan" --stats "$work/stats.json" -- "${program[@]}" 30
cat "$work/stats.json"

step "Bench: against every allocator there is, interleaved"
conditions
"$memo" bench --plan "$work/mobilenet.plan" --starts "${MEMO_DEMO_STARTS:-3}" -o "$work/bench.json" \
    -- "${program[@]}" "${MEMO_DEMO_ROUNDS:-40}"
