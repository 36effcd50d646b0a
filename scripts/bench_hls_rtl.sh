#!/usr/bin/env bash
# What the hardware of hls takes: operators and elements in logic (yosys, nextpnr), networks under Verilator, bit for bit
# against the model, and how building them grows with the elements. Writes results/hls_rtl.md. Needs scripts/setup.sh
# bench; about ten minutes of one core.
#   HLS_DESIGNS   what to build instead: "network format elements samples" rows separated by semicolons
#   HLS_GROWTH    elements of the growth table (default "8 16 32 64"; 1296 is BraggNN at the paper's size)
#   HLS_WORK      folder to build in; what lies there finished is not built again
#   MEMO_HLS_WHOLE  1: BraggNN(s=1) on 1,296 elements too, all of it (about 900 CPU-seconds and 3 GiB)
set -euo pipefail
cd "$(dirname "$0")/.."
hls=$PWD/${MEMO_BUILD:-build}/bin/hls
[ -x "$hls" ] || { echo "no $hls: build it first (make)" >&2; exit 2; }
designs=${HLS_DESIGNS:-linear 5,4 4 64;conv 5,4 16 16;softmax 5,4 8 64;softmax fixed:8,8 8 64;batch_norm 5,4 8 16;lenet 5,4 24 4;braggnn 5,4 32 4}
growth=${HLS_GROWTH:-8 16 32 64}
work=${HLS_WORK:-$(mktemp -d)}
mkdir -p "$work"
export OBJCACHE= CCACHE_DISABLE=1 # what building takes, not what finding it again does

row=0
IFS=';' read -ra rows <<<"$designs"
for design in "${rows[@]}"; do
    read -r network format elements samples <<<"$design"
    folder="$work/$network.${format//[:,]/_}.$elements"
    [ -f "$folder/design.json" ] ||
        "$hls" compile "$network" --format "${format/:/ }" --elements "$elements" -o "$folder" >"$work/compile.log"
    synthesis=--no-synthesis # softmax has elements of both kinds
    [ "$network" = softmax ] && synthesis=
    echo "bench $design" >&2
    "$hls" bench "$folder" --count "$samples" $synthesis --tolerance 1 --json "$work/bench.$row.json" >"$work/bench.$row.txt"
    row=$((row + 1))
done
for elements in $growth; do
    folder="$work/growth.$elements"
    [ -f "$folder/design.json" ] || "$hls" compile conv --elements "$elements" -o "$folder" >"$work/compile.log"
    echo "growth $elements" >&2
    "$hls" build "$folder" --jobs 1 --json "$work/growth.$elements.json" >/dev/null
done
if [ "${MEMO_HLS_WHOLE:-0}" = 1 ]; then
    folder="$work/whole"
    [ -f "$folder/design.json" ] || "$hls" compile braggnn -o "$folder" >"$work/compile.log"
    echo "the whole BraggNN" >&2
    "$hls" build "$folder" --json "$work/whole.build.json" >/dev/null
    "$hls" check "$folder" --count 4 --tolerance 1 --json "$work/whole.check.json" >/dev/null
fi
. scripts/environment.sh
python3 scripts/hls_rtl_table.py "$work" "$(conditions)" >results/hls_rtl.md
