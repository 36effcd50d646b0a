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
starts=${MEMO_BENCH_STARTS:-3}
images=${MEMO_BENCH_IMAGES:-120}
memo=build/bin/memo
work=build/bench/dog_memory
mkdir -p "$work/images"
[ -f "$work/images/00009.raw" ] || build/bin/dog generate -o "$work/images" --count 10 --separated --format u8

{
    echo "# dog under every allocator"
    echo
    echo "Made by \`scripts/bench_dog_memory.sh\` on $(date -u +%Y-%m-%d) at commit $(git describe --always --dirty)."
    echo "Conditions: $(conditions)."
    echo "$images images of 1000 × 1000 a start, 50 bins, 100 droplets each; a round is an image, read from a raw file and looked at."
    for backend in pyramid fft; do
        echo
        echo "## --backend $backend"
        echo
        echo '```'
        rounds=$images
        [ "$backend" = pyramid ] || rounds=$((images / 4)) # it takes longer
        # The shell gives the name of the file for rounds on, and is gone then: dog itself knows of timings only.
        # shellcheck disable=SC2016
        "$memo" bench -q --starts "$starts" --warm-up 10 \
            --rows glibc,glibc-tuned,glibc-tuned-huge,jemalloc,jemalloc-tuned,mimalloc,tcmalloc,memomalloc-online \
            -o "$work/$backend.json" -- /bin/sh -c 'exec build/bin/dog "$@" ${MEMO_BENCH_ROUNDS:+--timings "$MEMO_BENCH_ROUNDS"}' dog \
            "$work/images" --raw 1000x1000:u8 --repeat 100 --limit "$rounds" --backend "$backend" -q
        echo '```'
    done
} >"$work/dog_memory.md"
cp "$work/dog_memory.md" "$results"/dog_memory.md
cat "$results"/dog_memory.md
