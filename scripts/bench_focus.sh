#!/usr/bin/env bash
# The tables of results/focus.md: scores of `focus` under blur, beside Tenengrad, the variance of the Laplacian and the energy of the
# spectrum, and its times, with one thread. Wants a quiet machine and about six minutes.
#   MEMO_DATA_DIR       folder of real inputs; its focus/*.bmp are used if they are there, else generated images alone
#   MEMO_BENCH_ROUNDS   rounds of the timings, back ends interleaved (5)
#   MEMO_BENCH_RESULTS  where the results go (results)
set -euo pipefail
. "$(dirname "$0")/usage.sh"
scripts/setup.sh bench
make --no-print-directory release >&2
. scripts/environment.sh
rounds=${MEMO_BENCH_ROUNDS:-5}
data=${MEMO_DATA_DIR:+$(realpath "$MEMO_DATA_DIR")/focus}
work=$PWD/build/bench/focus
rm -rf "$work"
mkdir -p "$work/whole" "$work/tiles" "$work/timing"
focus=build/bin/focus
python=/usr/bin/python3

if compgen -G "${data:-/nowhere}/*.bmp" >/dev/null; then
    $python scripts/focus_data.py "$data" "$work"
else
    echo "skip MEMO_DATA_DIR/focus has no BMP: generated images only" >&2
fi
mkdir -p "$work/whole/generated"
for sigma in 0 0.5 1 1.5 2 3 4 6; do
    mkdir -p "$work/tiles/generated/$sigma"
    $focus generate -o "$work/tiles/generated/$sigma" --count 24 --defocus "$sigma" --width 256 --height 256
    mkdir -p "$work/tiles/generated-512/$sigma"
    $focus generate -o "$work/tiles/generated-512/$sigma" --count 24 --defocus "$sigma" --width 512 --height 512 --seed 300
    $focus generate -o "$work/whole/generated/$sigma.png" --defocus "$sigma" --seed 77
done
$focus generate -o "$work/timing" --count 8 --seed 200
mkdir -p "$work/raw"
$python - "$work" <<'END'
import glob, sys
from PIL import Image

for path in glob.glob(sys.argv[1] + "/timing/*.png"):
    open(path.replace("/timing/", "/raw/")[:-3] + "raw", "wb").write(Image.open(path).convert("L").tobytes())
END

score() { # BACKEND THRESHOLD NAME FOLDER...
    "$focus" score "${@:4}" -q --size native --backend "$1" --threshold "$2" --json "$work/$1.$2.$3.json"
}
for threshold in 0.02 0.03 0.04 0.05 0.1; do
    score pyramid $threshold all "$work"/whole/* "$work"/tiles/*/*
done
score fft 0.04 all "$work"/whole/* "$work"/tiles/*/*
$python scripts/focus_others.py "$work" >"$work/others.json"

for ((round = 0; round < rounds; ++round)); do
    for backend in pyramid fft; do
        "$focus" score "$work/timing" -q --repeat 2 --backend $backend --json "$work/timing.$backend.$round.json"
        "$focus" score "$work/raw" --raw 1024x1024:u8 -q --repeat 2 --backend $backend --timings "$work/raw.$backend.$round.ms"
    done
done

for rate in 5 20; do
    rm -rf "$work/arriving" && mkdir "$work/arriving"
    "$focus" watch "$work/arriving" -q --most 100 --csv "$work/watch.csv" --html "$work/watch.html" 2>"$work/watch.log" &
    watching=$!
    while [ ! -f "$work/watch.html" ]; do sleep 0.1; done
    sleep 0.5
    files=("$work"/timing/*.png)
    for ((i = 0; i < 100; ++i)); do
        cp "${files[i % ${#files[@]}]}" "$work/arriving/$i.png"
        sleep "$($python -c "print(1 / $rate)")"
    done
    wait $watching
    echo "$rate a second: $(sed 's/^focus: //' "$work/watch.log")" >>"$work/watch.txt"
    rm "$work/watch.html"
done

if [ -x build/bin/focus-mpi ] && command -v mpirun >/dev/null; then
    for ranks in $(seq 1 "$(nproc --all)"); do
        begin=$(date +%s.%N)
        OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 mpirun --oversubscribe -n "$ranks" "$focus" score "$work/timing" -q --repeat 30
        echo "$ranks 240 $($python -c "import time; print(f'{time.time() - $begin:.1f}')")" >>"$work/ranks.txt"
    done
fi

{
    echo "# focus: out-of-focus detection by the number of features"
    echo
    echo "Made by \`scripts/bench_focus.sh\` on $(date -u +%Y-%m-%d) at commit $(git describe --always --dirty)."
    echo "Conditions: $(conditions)."
    echo "$($python -c 'import scipy, cv2, numpy; print(f"scipy {scipy.__version__}, OpenCV {cv2.__version__}, numpy {numpy.__version__}")'), FFTW $(dpkg-query -W -f '${Version}' libfftw3-single3 2>/dev/null || echo '?'). Threshold 0.04, 30 Gaussians of sigma 1–30; images are not scaled."
    echo
    $python scripts/focus_table.py "$work"
} >"$work/focus.md"
cp "$work/focus.md" "$results"/focus.md
cat "$results"/focus.md
