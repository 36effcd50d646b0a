#!/usr/bin/env bash
# The table of results/mobilenet.md: MobileNetV2 in Debian's PyTorch, eager, on its plan and under every baseline allocator.
# Rounds are inferences; starts are interleaved and their order rotates. Wants a quiet machine and about ten minutes.
#   MEMO_BENCH_STARTS      process starts an allocator (10)
#   MEMO_BENCH_INFERENCES  inferences a start (60); the first ten do not count
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh demo
make --no-print-directory release >&2
. scripts/environment.sh

memo=build/bin/memo
work=build/bench
starts=${MEMO_BENCH_STARTS:-10}
inferences=${MEMO_BENCH_INFERENCES:-60}
program=(/usr/bin/python3 scripts/mobilenet.py)
mkdir -p "$work" results
"$memo" trace -q -o "$work/mobilenet.memo" -- "${program[@]}" 15 >&2
"$memo" plan -q "$work/mobilenet.memo" -o "$work/mobilenet.plan" >"$work/plan.txt"
"$memo" verify -q "$work/mobilenet.plan" "$work/mobilenet.memo" >"$work/verify.txt"
"$memo" run -q --plan "$work/mobilenet.plan" --stats "$work/stats.json" -- "${program[@]}" "$inferences" >&2
"$memo" bench -q --plan "$work/mobilenet.plan" --starts "$starts" --warm-up 10 -o "$work/bench.json" \
    -- "${program[@]}" "$inferences" >"$work/bench.txt"

{
    echo "# MobileNetV2, PyTorch eager, batch 1"
    echo
    echo "Made by \`scripts/bench_mobilenet.sh\` on $(date -u +%Y-%m-%d) at commit $(git describe --always --dirty)."
    echo "Conditions: $(conditions)."
    echo "$starts process starts an allocator, interleaved, $inferences inferences a start of which the first 10 do not count. Times are a"
    echo "start's median (or p99), then the median over the starts; faults are the mean per inference."
    echo
    echo '```'
    cat "$work/bench.txt"
    echo '```'
    echo
    echo "The plan, and what replay made of it in a run of $inferences inferences:"
    echo
    echo '```'
    cat "$work/plan.txt" "$work/verify.txt"
    sed "s#$PWD/##" "$work/stats.json"
    echo '```'
} >results/mobilenet.md
cat results/mobilenet.md
