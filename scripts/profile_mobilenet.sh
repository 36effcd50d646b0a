#!/usr/bin/env bash
# Where MobileNetV2's CPU time goes, under glibc and on its plan: samples by library, and the kernel's share. Says what bounds
# the ratio of results/mobilenet.md: whatever is not the kernel's fault handling or malloc is arithmetic that no allocator changes.
# Needs perf (Debian: linux-perf) and the plan that scripts/bench_mobilenet.sh leaves in build/bench. Writes results/profile.md.
#   MEMO_BENCH_INFERENCES  inferences a profile (200)
set -euo pipefail
cd "$(dirname "$0")/.."
command -v perf >/dev/null || { echo "profile: perf is missing: apt-get install linux-perf" >&2; exit 1; }
plan=build/bench/mobilenet.plan
[ -f "$plan" ] || { echo "profile: $plan is missing: run scripts/bench_mobilenet.sh first" >&2; exit 1; }
. scripts/environment.sh
inferences=${MEMO_BENCH_INFERENCES:-200}
work=build/bench

profile() {  # profile NAME ENVIRONMENT...: the ten libraries with the most samples
    local name=$1
    shift
    env "$@" perf record -q -e cpu-clock -F 999 -o "$work/$name.perf" -- \
        /usr/bin/python3 scripts/mobilenet.py "$inferences" >/dev/null
    perf report -i "$work/$name.perf" --sort dso --stdio 2>/dev/null | grep -E '^ +[0-9]' | head -10
}

{
    echo "# Where the CPU time of MobileNetV2 goes"
    echo
    echo "Made by \`scripts/profile_mobilenet.sh\` on $(date -u +%Y-%m-%d). Conditions: $(conditions)."
    echo "$inferences inferences, loading of Python and PyTorch included; share of the samples of \`perf record -e cpu-clock\`."
    echo
    echo "Under glibc:"
    echo
    echo '```'
    profile glibc MEMO_NOTHING=1
    echo '```'
    echo
    echo "On the plan:"
    echo
    echo '```'
    profile memomalloc LD_PRELOAD="$PWD/build/lib/libmemomalloc.so" MEMO_PLAN="$PWD/$plan"
    echo '```'
} >results/profile.md
cat results/profile.md
