#!/usr/bin/env bash
# The table of results/dog.md: `dog` beside scikit-image, scipy and OpenCV on synthetic images of known truth, one thread
# each. Runs are interleaved. Wants a quiet machine and about eight minutes.
#   MEMO_BENCH_STARTS   rounds through all methods (3); the median over all images of a method counts
#   MEMO_BENCH_RESULTS  where the results go (results)
set -euo pipefail
. "$(dirname "$0")/usage.sh"
scripts/setup.sh bench
make --no-print-directory release >&2
. scripts/environment.sh
starts=${MEMO_BENCH_STARTS:-3}
work=build/bench/dog
rm -rf "$work"
mkdir -p "$work"
dog=build/bin/dog

generate() { # NAME TITLE OPTIONS...
    "$dog" generate -o "$work/$1.png" "${@:3}"
    printf '%s\t%s\n' "$1" "$2" >>"$work/images.tsv"
}
generate separated100 "100 droplets, separated, radii 5–30" --droplets 100 --separated
generate separated500 "500 droplets, separated, radii 5–12" --droplets 500 --max-radius 12 --separated
generate half100 "100 droplets, radii 5–30, overlapping by at most half" --droplets 100 --most-overlap 0.5
generate free100 "100 droplets, radii 5–30, anywhere: some hide others" --droplets 100
generate free500 "500 droplets, radii 5–30, anywhere: most touch or hide others" --droplets 500

# One image may be lucky: twenty of each kind, looked at by dog alone.
many() { # NAME OPTIONS...
    mkdir -p "$work/many/$1"
    "$dog" generate -o "$work/many/$1" --count 20 "${@:2}"
    "$dog" "$work/many/$1" -q --backend pyramid --json "$work/many/$1.json"
}
many separated100 --droplets 100 --separated
many separated500 --droplets 500 --max-radius 12 --separated
many half100 --droplets 100 --most-overlap 0.5
many free100 --droplets 100

python=/usr/bin/python3
for ((start = 0; start < starts; ++start)); do
    while IFS=$'\t' read -r image _; do
        for backend in pyramid recursive fft direct; do
            for radius in refined paper; do
                "$dog" "$work/$image.png" -q --repeat 4 --backend "$backend" --radius "$radius" \
                    --json "$work/$image.dog-$backend-$radius.$start.json" --timings "$work/$image.dog-$backend-$radius.$start.ms"
            done
        done
        for method in blob_dog-1.6 SimpleBlobDetector blob_log-10 blob_dog-50 scipy-dog-50 blob_log-50; do
            repeats=1
            [ "$method" != SimpleBlobDetector ] || repeats=4
            # The slow ones take most of the time, and do not depend on where droplets lie.
            case "$image-$method" in half*-*-50 | free*-*-50) [ "$start" -eq 0 ] || continue ;; esac
            $python scripts/dog_others.py "$method" "$work/$image.png" "$repeats" >"$work/$image.$method.$start.out"
        done
    done <"$work/images.tsv"
done

{
    echo "# dog: droplets by Difference of Gaussians"
    echo
    echo "Made by \`scripts/bench_dog.sh\` on $(date -u +%Y-%m-%d) at commit $(git describe --always --dirty)."
    echo "Conditions: $(conditions)."
    echo "$($python -c 'import skimage, scipy, cv2, numpy; print(f"scikit-image {skimage.__version__}, scipy {scipy.__version__}, OpenCV {cv2.__version__}, numpy {numpy.__version__}")'), FFTW $(dpkg-query -W -f '${Version}' libfftw3-single3 2>/dev/null || echo '?')."
    $python scripts/dog_table.py "$work" "$starts"
} >"$results"/dog.md
cat "$results"/dog.md
