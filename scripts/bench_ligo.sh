#!/usr/bin/env bash
# The tables of results/ligo.md: GW150914, efficiency and false alarms on simulated noise, throughput of a core and what bounds
# it (ranks: bench_ligo_ranks.sh). Wants a quiet machine and about ten minutes. What is timed is timed several times, and the best kept.
#   MEMO_DATA_DIR       folder of real inputs; its ligo/*.hdf5 are scanned if they are there
#   MEMO_LIGO_TRAIN     1: train and calibrate the shipped models anew first (about 20 minutes on two cores)
#   MEMO_BENCH_RESULTS  where the results go (results)
set -euo pipefail
. "$(dirname "$0")/usage.sh"
scripts/setup.sh bench
make --no-print-directory release >&2
. scripts/environment.sh
work=$PWD/build/bench/ligo
rm -rf "$work"
mkdir -p "$work"
ligo=build/bin/ligo
models=scientific/ligo/models
if [ "${MEMO_LIGO_TRAIN:-0}" = 1 ]; then
    # A model a process, on all cores; a record of when.
    seq 0 3 | xargs -P "$(nproc)" -I{} "$ligo" train -o $models --models {} >&2
    "$ligo" calibrate --models $models >&2
fi

"$ligo" efficiency -q --models $models --json "$work/efficiency.json"
data=${MEMO_DATA_DIR:+$(realpath "$MEMO_DATA_DIR")/ligo}
if compgen -G "${data:-/nowhere}/*.hdf5" >/dev/null; then
    "$ligo" scan -q --models $models "$data" --slides 1000 --json "$work/event.json" --html "$work/event.html"
else
    echo "skip MEMO_DATA_DIR/ligo has no strain: simulated data only" >&2
fi

# Throughput: files of 512 s, scanned by one process with one thread.
"$ligo" simulate -q -o "$work/files" --files 4 --seconds 512 --injections 2
"$ligo" scan -q --models $models "$work/files" --json "$work/warm.json"
"$ligo" scan -q --models $models "$work/files" --repeat 5 --json "$work/throughput.json"
# What bounds a model: the share of each operation.
/usr/bin/python3 scripts/ligo_profile.py $models >"$work/profile.txt"

{
    echo "# ligo: mergers of black holes in the strain of two detectors"
    echo
    echo "Made by \`scripts/bench_ligo.sh\` on $(date -u +%Y-%m-%d) at commit $(git describe --always --dirty)."
    echo "Conditions: $(conditions)."
    echo
    /usr/bin/python3 scripts/ligo_table.py "$work" $models
} >"$work/ligo.md"
cp "$work/ligo.md" "$results"/ligo.md
cat "$results"/ligo.md
