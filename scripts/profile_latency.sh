#!/usr/bin/env bash
# What bounds the rows of results/latency.md: the time of a round in the allocator, in the kernel and elsewhere, under ours and under
# the best baseline. Needs perf (Debian: linux-perf) and what scripts/bench_latency.sh has built. Writes results/latency_profile.md.
#   PROGRAM...            only these (scripts/latency_programs.py names them)
#   MEMO_BENCH_RESULTS    where the results go (results)
set -euo pipefail
. "$(dirname "$0")/usage.sh"
command -v perf >/dev/null || { echo "profile_latency: perf is missing: apt-get install linux-perf" >&2; exit 1; }
. scripts/environment.sh
export OMP_THREAD_LIMIT=1
programs=("$@")
[ $# -gt 0 ] || programs=(mobilenet-v2-b1 mobilenet-v2-b8 densenet121-b1 ssdlite320-b1 lraspp-b1 resnet50-b1 transformer-b1
    transformer-b8 transformer-random-b1 transformer-random-b8 torchscript-mobilenet torchscript-densenet121 onnx-detector-on
    onnx-detector-off onnx-vad-on onnx-vad-off tesseract opencv-mobilenet varied-1)
work=build/bench/latency
{
    echo "# What an allocator can still win"
    echo
    echo "Made by \`scripts/profile_latency.sh\` at $(git describe --always --dirty). Conditions: $(conditions)."
    echo "Samples of \`perf record -e cpu-clock\`, one run a figure: which part of the rounds' time is spent in the allocator (glibc's"
    echo "functions included, which ours passes to) and in the kernel. The rest is the program's own arithmetic, and differs between"
    echo "allocators only by where its blocks lie. \`ours / best\` is that of latency.md, interleaved; the last column is what would be"
    echo "left of it if allocating cost nothing, nor anything that the kernel does: no allocator gets below that, unless by where"
    echo "blocks lie."
    echo
    /usr/bin/python3 scripts/profile_latency.py build/lib/libmemomalloc.so "${programs[@]}"
} >"$work/latency_profile.md"
mv "$work/latency_profile.md" "$results/latency_profile.md"
cat "$results/latency_profile.md"
