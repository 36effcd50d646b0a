#!/usr/bin/env bash
# What the planner can do: the tables of results/planner.md and the curve of results/planner_scaling.svg. Every plan is
# verified. Arguments are traces (*.memo) to plan as well. Wants a quiet machine of two cores and about ten minutes.
#   MEMO_DATA_DIR       its problems/ has the public problems; the tables that want them say so where they are absent
#   MINIMALLOC          the binary of google/minimalloc, to run beside ours (none)
#   MEMO_BENCH_SEEDS    seeds a row (20)
#   MEMO_BENCH_QUICK    1: small problems, two seeds, a second each: does the script work? Its figures say nothing
#   MEMO_BENCH_MEMO     the memo to measure (build/bin/memo, built before)
#   MEMO_BENCH_RESULTS  where the results go (results)
set -euo pipefail
memo=$(realpath -m "${MEMO_BENCH_MEMO:-$(dirname "$0")/../build/bin/memo}")
traces=()
for trace in "$@"; do
    [[ -f $trace && $trace == *.memo ]] || { echo "bench_planner.sh: not a trace (*.memo): $trace" >&2; exit 2; }
    traces+=("$(realpath "$trace")")
done
results=$(realpath -m "${MEMO_BENCH_RESULTS:-$(dirname "$0")/../results}")
[ -z "${MEMO_DATA_DIR:-}" ] || MEMO_DATA_DIR=$(realpath -m "$MEMO_DATA_DIR")
cd "$(dirname "$0")/.."
[ -n "${MEMO_BENCH_MEMO:-}" ] || make --no-print-directory release >&2
. scripts/environment.sh

mkdir -p "$results" build/bench
work=$(mktemp -d build/bench/planner.XXXXXX) # some 300 MB of problems and plans
trap 'rm -rf "$work"' EXIT
before=$(cut -d' ' -f1 /proc/loadavg)
commit=$(git describe --always --dirty) # before this script writes its own results
since=$SECONDS
/usr/bin/python3 scripts/planner_table.py "$memo" "$work" "$results/planner_scaling.svg" "${traces[@]}" >"$work/tables.md"

{
    echo "# The planner: what was asked and what was measured"
    echo
    if [[ ${MEMO_BENCH_QUICK:-0} != 0 ]]; then
        echo "**A quick run, to see that the script works: smaller problems than the asked ones. Its figures say nothing.**"
        echo
    fi
    echo "Made by \`scripts/bench_planner.sh\` on $(date -u +%Y-%m-%d) at commit $commit," \
        "in $((SECONDS - since)) s."
    echo "Conditions: $(conditions | sed 's/; OpenBLAS.*//'); load average before the run $before."
    echo "Gaps are (height − max load) / max load. CPU time is the whole process's, parsing and writing included; solving"
    echo "time is the planner's own account, without parsing. Every plan is made with locality, as by default, where nothing"
    echo "else is said. What is asked is asked of the worst run, but where it names the median."
    echo
    cat "$work/tables.md"
} >"$results/planner.md"
cat "$results/planner.md"
