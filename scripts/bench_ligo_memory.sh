#!/usr/bin/env bash
# The tables of results/ligo_memory.md: `ligo scan`, unmodified, under every baseline allocator and under ours; the periods of its
# allocations, and their plan. A round is a pair of files of 64 s, read, conditioned and scanned. Wants a quiet machine and about
# ten minutes.
#   MEMO_BENCH_STARTS   process starts an allocator (3)
#   MEMO_BENCH_IMAGES   pairs a start (60)
#   MEMO_BENCH_WARM_UP  pairs that do not count, while the plan is learnt (30)
#   MEMO_BENCH_RESULTS  where the results go (results)
set -euo pipefail
. "$(dirname "$0")/usage.sh"
export MEMO_BENCH_IMAGES=${MEMO_BENCH_IMAGES:-60} MEMO_BENCH_WARM_UP=${MEMO_BENCH_WARM_UP:-30}
scripts/setup.sh demo
make --no-print-directory release >&2
. scripts/environment.sh
. scripts/science_memory.sh
work=build/bench/ligo_memory
mkdir -p "$work"
[ -d "$work/files" ] || build/bin/ligo simulate -q -o "$work/files" --files 6 --seconds 64 --injections 0
scan=(build/bin/ligo scan "$work/files" --models scientific/ligo/models --repeat 100 -q --most)

# What the rounds do not say: the whole process, its start, warm-up and learning included.
whole_runs() {
    /usr/bin/python3 - "$1" <<'END'
import json, statistics, sys

of = {}
for start in json.load(open(sys.argv[1])):
    of.setdefault(start["allocator"], []).append(start["process_cpu_ms"] / 1e3)
print("| allocator | CPU s of the whole process | / glibc |")
print("| --- | --- | --- |")
glibc = statistics.median(of["glibc"])
for name, seconds in of.items():
    middle = statistics.median(seconds)
    print(f"| {name} | {middle:.2f} ({min(seconds):.2f}–{max(seconds):.2f}) | {middle / glibc:.3f} |")
END
}

# Once more under memo run: what each pair took until a plan was served, and what served it.
learning() {
    rm -f "$work/rounds.txt"
    "$memo" run -q --stats "$work/stats.json" -- "${scan[@]}" "$images" --timings "$work/rounds.txt"
    /usr/bin/python3 - "$work" <<'END'
import json, statistics, sys

stats = json.load(open(sys.argv[1] + "/stats.json"))
rounds = [[float(word) for word in line.split()] for line in open(sys.argv[1] + "/rounds.txt")]
print("| pairs | CPU ms a pair | page faults a pair |")
print("| --- | --- | --- |")
for begin in range(0, len(rounds), 10):
    some = rounds[begin:begin + 10]
    print(f"| {begin + 1}–{begin + len(some)} | {statistics.mean(r[1] for r in some):.1f} | {statistics.mean(r[2] for r in some):.0f} |")
print()
print(f"State at the end: {stats['state']}. Plans: {stats['plans']}, of {stats['planned_slots']:,} slots, "
      f"{stats['height'] / 2**20:.2f} MiB high (the most that lives at once: {stats['max_load'] / 2**20:.2f} MiB); "
      f"{stats['rounds']} rounds on it, {100 * stats['hit_rate']:.2f} % of their planned requests served; "
      f"{stats['pool']['blocks']:,} blocks by the pool, before the plan and beside it.")
END
}

# One trace, for what repeats and where it would lie.
plan_of() {
    "$memo" trace -q -o "$work/ligo.memo" -- "${scan[@]}" 20
    "$memo" plan -q "$work/ligo.memo" -o "$work/ligo.plan" >"$work/plan.txt"
    "$memo" periods -q "$work/ligo.memo" | sed -n '1,/deviations/p'
    echo
    sed '/^plan  /d' "$work/plan.txt"
}

{
    memory_head ligo bench_ligo_memory.sh "$images pairs of files of 64 s a start; a round is a pair, read, conditioned, and looked at by four models."
    echo
    echo "Load when it began: $(cut -d' ' -f1 /proc/loadavg). Above 1, wall times hold the wait for the core; CPU times do not."
    memory_table scan "$work/scan.json" "${scan[@]}" "$images"
    echo
    whole_runs "$work/scan.json"
    echo
    echo "Start, warm-up and learning are in these: what is lost here against the rounds above was spent until the plan was served."
    echo
    echo "## How a plan is learnt"
    echo
    learning
    echo
    echo "## Periods and plan"
    echo
    echo "Of a trace of 20 pairs. Two models of the four are a round: the other two are networks of the same two kinds. So a pair is two rounds,"
    echo "and what is done once a pair, reading, conditioning, peaks, is what deviates."
    echo
    echo '```'
    plan_of
    echo '```'
} >"$work/ligo_memory.md"
cp "$work/ligo_memory.md" "$results"/ligo_memory.md
cat "$results"/ligo_memory.md
