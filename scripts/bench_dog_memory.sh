#!/usr/bin/env bash
# The table of results/dog_memory.md: `dog`, unmodified, under every baseline allocator and under ours. A round is an image, read
# from a raw file and looked at. Starts are interleaved. Wants a quiet machine and about nine minutes.
#   MEMO_BENCH_STARTS   process starts an allocator (3)
#   MEMO_BENCH_IMAGES   images a start (120); the first ten do not count
#   MEMO_BENCH_RESULTS  where the results go (results)
set -euo pipefail
. "$(dirname "$0")/usage.sh"
scripts/setup.sh demo
make --no-print-directory release >&2
. scripts/environment.sh
. scripts/science_memory.sh
work=build/bench/dog_memory
mkdir -p "$work/images"
[ -f "$work/images/00009.raw" ] || build/bin/dog generate -o "$work/images" --count 10 --separated --format u8

{
    memory_head dog bench_dog_memory.sh "$images images of 1000 × 1000 a start, 50 bins, 100 droplets each; a round is an image, read from a raw file and looked at."
    for backend in pyramid fft; do
        rounds=$images
        [ "$backend" = pyramid ] || rounds=$((images / 4)) # it takes longer
        memory_table "--backend $backend" "$work/$backend.json" build/bin/dog "$work/images" --raw 1000x1000:u8 --repeat 100 \
            --limit "$rounds" -q --backend "$backend"
    done
} >"$work/dog_memory.md"
cp "$work/dog_memory.md" "$results"/dog_memory.md
cat "$results"/dog_memory.md
