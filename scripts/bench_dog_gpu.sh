#!/usr/bin/env bash
# The table of results/dog_gpu.md: `dog` on a GPU beside its CPU back ends on the same machine, with what is copied and what is
# computed. Wants a GPU; nothing is installed, so that it also runs where only a build was carried. About a minute.
#   --dog PROGRAM        the program (build/bin/dog)
#   MEMO_BENCH_IMAGES    images a row (60, the first ten of which do not count)
#   MEMO_BENCH_RESULTS   where the results go (results)
set -euo pipefail
. "$(dirname "$0")/usage.sh"
dog=build/bin/dog
[ "${1:-}" != --dog ] || dog=$2
nvidia-smi >/dev/null 2>&1 || { echo "dog_gpu: there is no GPU that nvidia-smi knows" >&2; exit 1; }
images=${MEMO_BENCH_IMAGES:-60}
work=${TMPDIR:-/tmp}/memo-dog-gpu
rm -rf "$work"
mkdir -p "$work" "$results"

measure() { # IMAGE BACKEND BINS: medians of a line of the table
    "$dog" "$work/$1.raw" --raw 1000x1000:u8 --repeat "$images" --backend "$2" --n-bin "$3" \
        --threshold "$(awk -v n="$3" 'BEGIN { print 0.1 * 50 / n }')" |
        awk -v backend="$2" -v bins="$3" '
            function median(values, count,   i, j, t) {
                for (i = 2; i <= count; ++i) for (j = i; j > 1 && values[j] < values[j - 1]; --j) { t = values[j]; values[j] = values[j - 1]; values[j - 1] = t }
                return values[int((count + 1) / 2)]
            }
            function after(word) { return match($0, word " [0-9.]+") ? substr($0, RSTART + length(word) + 1, RLENGTH - length(word) - 1) + 0 : 0 }
            / droplets / && / ms \(/ && ++seen > 10 {
                ++n; droplets = $2; copy[n] = after("copying"); pre[n] = after("preprocessing"); scale[n] = after("scale space")
                prune[n] = after("pruning"); all[n] = $4 + 0; sum[n] = copy[n] + pre[n] + scale[n] + prune[n]
            }
            END { printf "| %s | %d | %d | %.2f | %.2f | %.2f | %.2f | %.2f | %.1f |\n", backend, bins, droplets, median(copy, n),
                  median(pre, n), median(scale, n), median(prune, n), median(sum, n), median(all, n) }'
}

{
    echo "# dog on a GPU"
    echo
    echo "Made by \`scripts/bench_dog_gpu.sh\` on $(date -u +%Y-%m-%d)."
    echo "Conditions: $(nvidia-smi --query-gpu=name --format=csv,noheader | head -1), driver $(nvidia-smi --query-gpu=driver_version --format=csv,noheader | head -1); $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), $(nproc) cores, one thread."
    echo "Images of 1000 × 1000 pixels, sigma 2.5–23, read from a raw file; medians of $((images - 10)) images, in ms. *Copying* is to"
    echo "pinned memory, to the device and back; the other parts are the device's own times. *All four* is an image end to end without its"
    echo "reading; *with reading* is by the clock, from one image to the next. The threshold follows the step between sigmas."
    echo
    for images_of in "separated100 --droplets 100 --separated" "separated500 --droplets 500 --max-radius 12 --separated" "free500 --droplets 500"; do
        read -r name options <<<"$images_of"
        # shellcheck disable=SC2086 # options are words
        "$dog" generate -o "$work/$name.raw" --format u8 $options
        echo "## ${options//--/}"
        echo
        echo "| back end | bins | droplets | copying | preprocessing | scale space | pruning | all four | with reading |"
        echo "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
        for bins in 3 10 20 50 100; do
            measure "$name" cuda "$bins"
        done
        measure "$name" pyramid 50
        measure "$name" recursive 50
        echo
    done
} >"$work/dog_gpu.md"
mv "$work/dog_gpu.md" "$results/dog_gpu.md"
cat "$results/dog_gpu.md"
