#!/usr/bin/env bash
# The operators of hls: SystemVerilog under Verilator against the bit-exact model. Every pair of operands for (4,3) and
# (5,3), ten million random ones for (5,4), (5,11) and 5,4,9 (factors and sums), and fixed point. Takes minutes; ends with 1 if any word differs.
#   MEMO_BUILD   build folder with bin/hls (default: build)
set -euo pipefail
cd "$(dirname "$0")/.."
hls=${MEMO_BUILD:-build}/bin/hls
[ -x "$hls" ] || { echo "no $hls: build it first (make)" >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$hls" operators 4,3 --exhaustive --folder "$work/4_3" "$@"
"$hls" operators 5,3 --exhaustive --folder "$work/5_3" "$@"
"$hls" operators 5,4 --random 10000000 --folder "$work/5_4" "$@"
"$hls" operators 5,11 --random 10000000 --folder "$work/5_11" "$@"
"$hls" operators 3,2,4 --exhaustive --folder "$work/3_2_4" "$@"
"$hls" operators 5,4,9 --random 10000000 --folder "$work/5_4_9" "$@"
"$hls" operators "fixed 4,3" --exhaustive --folder "$work/f4_3" "$@"
"$hls" operators "fixed 8,8" --random 1000000 --folder "$work/f8_8" "$@"
