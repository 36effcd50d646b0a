#!/usr/bin/env bash
# The table of results/ligo_ranks.md: `mpirun -n N ligo scan`, one rank against two, and more where there are cores. Starts are
# interleaved. Wants a quiet machine with two cores, and about two minutes.
#   MEMO_BENCH_STARTS   starts of each number of ranks (3)
#   MEMO_BENCH_RESULTS  where the results go (results)
set -euo pipefail
. "$(dirname "$0")/usage.sh"
command -v mpirun >/dev/null || {
    echo "bench_ligo_ranks: there is no mpirun; scripts/setup.sh test installs one" >&2
    exit 1
}
[ "$(nproc)" -ge 2 ] || echo "bench_ligo_ranks: one core to run on: ranks will only wait for each other" >&2
make --no-print-directory release >&2
. scripts/environment.sh
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
work=build/bench/ligo_ranks
mkdir -p "$work"
rm -f "$work"/*.txt "$work"/said.log
TIMEFORMAT="%R %U %S"
[ -d "$work/files" ] || build/bin/ligo simulate -q -o "$work/files" --files 4 --seconds 512 --injections 2
most=$(nproc)
[ "$most" -ge 2 ] || most=2
for start in $(seq "${MEMO_BENCH_STARTS:-3}"); do
    for ranks in $(seq "$most"); do
        # Wall seconds, then those of all CPUs.
        { time mpirun --oversubscribe -n "$ranks" build/bin/ligo scan -q --models scientific/ligo/models "$work/files" --repeat 4 \
            --json "$work/$ranks.json" 2>>"$work/said.log"; } 2>>"$work/$ranks.txt"
    done
done

{
    echo "# ligo: ranks"
    echo
    echo "Made by \`scripts/bench_ligo_ranks.sh\` on $(date -u +%Y-%m-%d) at commit $(git describe --always --dirty)."
    echo "Conditions: $(conditions), a rank; cores to run on: $(nproc); load when it ended: $(cut -d' ' -f1 /proc/loadavg)."
    echo "16 pairs of files of 512 s, start included; median of ${MEMO_BENCH_STARTS:-3} starts (least–most)."
    echo
    /usr/bin/python3 - "$work" "$most" <<'END'
import json, statistics, sys

def found(ranks):
    pairs = json.load(open(f"{sys.argv[1]}/{ranks}.json"))["pairs"]
    return [(pair["h1"], [round(one["gps"], 3) for one in pair["candidates"]]) for pair in pairs]

print("| ranks | wall s | CPU s | speed-up | candidates |")
print("| --- | --- | --- | --- | --- |")
for ranks in range(1, int(sys.argv[2]) + 1):
    starts = [[float(word) for word in line.split()] for line in open(f"{sys.argv[1]}/{ranks}.txt")]
    wall = [start[0] for start in starts]
    cpu = statistics.median(start[1] + start[2] for start in starts)
    alone = statistics.median(wall) if ranks == 1 else alone
    print(f"| {ranks} | {statistics.median(wall):.2f} ({min(wall):.2f}–{max(wall):.2f}) | {cpu:.2f} | {alone / statistics.median(wall):.2f} "
          f"| {sum(len(times) for _, times in found(ranks))}, {'the same' if found(ranks) == found(1) else 'OTHERS'} |")
END
} >"$work/ligo_ranks.md"
cp "$work/ligo_ranks.md" "$results"/ligo_ranks.md
cat "$results"/ligo_ranks.md
