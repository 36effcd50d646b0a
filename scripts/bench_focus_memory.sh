#!/usr/bin/env bash
# The table of results/focus_memory.md: `focus score`, unmodified, under every baseline allocator and under ours. A round is an image,
# read from a raw file and scored. Starts are interleaved. Wants a quiet machine and about five minutes.
#   MEMO_BENCH_STARTS   process starts an allocator (3)
#   MEMO_BENCH_IMAGES   images a start (120); the first ten do not count
#   MEMO_BENCH_RESULTS  where the results go (results)
set -euo pipefail
. "$(dirname "$0")/usage.sh"
scripts/setup.sh demo
make --no-print-directory release >&2
. scripts/environment.sh
. scripts/science_memory.sh
work=build/bench/focus_memory
mkdir -p "$work/images"
# Generated images are PNG; raw pixels are what a microscope gives, and cost no decoder.
if [ ! -f "$work/images/9.raw" ]; then
    build/bin/focus generate -o "$work" --count 10
    /usr/bin/python3 - "$work" <<'END'
import glob, sys
from PIL import Image

for i, path in enumerate(sorted(glob.glob(sys.argv[1] + "/*.png"))):
    open(f"{sys.argv[1]}/images/{i}.raw", "wb").write(Image.open(path).convert("L").tobytes())
END
fi

{
    memory_head focus bench_focus_memory.sh "$images images of 1024 × 1024 a start, 30 Gaussians; a round is an image, read from a raw file and scored."
    for backend in pyramid fft; do
        rounds=$images
        [ "$backend" = pyramid ] || rounds=$((images / 4)) # it takes longer
        memory_table "--backend $backend" "$work/$backend.json" build/bin/focus score "$work/images" --raw 1024x1024:u8 --repeat 100 \
            --most "$rounds" -q --backend "$backend"
    done
} >"$work/focus_memory.md"
cp "$work/focus_memory.md" "$results"/focus_memory.md
cat "$results"/focus_memory.md
