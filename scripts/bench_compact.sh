#!/usr/bin/env bash
# What an event takes in a trace, as recorded and after `memo compact`: the programs of scripts/bench_tracer.sh. Writes
# results/compact.md. Takes about two minutes.
#   MEMO_BENCH_RESULTS  where the results go (results)
set -euo pipefail
. "$(dirname "$0")/usage.sh"
scripts/setup.sh demo
make --no-print-directory release >&2
. scripts/environment.sh
work=$PWD/build/bench/compact
rm -rf "$work"
mkdir -p "$work"
memo=$PWD/build/bin/memo
python=/usr/bin/python3
# The unit that bench_tracer.sh has compiled.
eval "$(sed -n '/^unit() {/,/^}/p' scripts/bench_tracer.sh)"
unit >"$work/unit.ii"

trace() { "$memo" trace -q -o "$work/$1.memo" -- "${@:2}" >/dev/null; }
PYTHONMALLOC=malloc trace json "$python" scripts/json_loop.py 220
trace cc1plus "$(g++ -print-prog-name=cc1plus)" -quiet -O2 -fpreprocessed "$work/unit.ii" -o /dev/null
trace mobilenet "$python" scripts/mobilenet.py 30

field() { sed -n "s/^.*\"$2\": *\([0-9.]*\).*$/\1/p" "$1" | head -1; }
row() {  # row NAME TITLE
    local way
    for way in dropped kept; do
        local words=(compact -q --json "$work/$1.memo" -o "$work/$1.$way.memo")
        if [ "$way" = kept ]; then words+=(--keep-addresses); fi
        /usr/bin/python3 - "$memo" "${words[@]}" >"$work/$1.$way.json" 2>"$work/$1.$way.cost" <<'PYTHON'
import resource
import subprocess
import sys

subprocess.run(sys.argv[1:], check=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(f"{used.ru_utime + used.ru_stime:.1f} {used.ru_maxrss // 1024}", file=sys.stderr)
PYTHON
    done
    read -r seconds memory <"$work/$1.dropped.cost"
    local events before
    events=$(field "$work/$1.dropped.json" events)
    before=$(field "$work/$1.dropped.json" bytes_before)
    # What every reader says of both must be the same.
    cmp -s <("$memo" top -q --by site -n 1000 --json "$work/$1.memo") <("$memo" top -q --by site -n 1000 --json "$work/$1.dropped.memo") ||
        { echo "compact: memo top differs on $1" >&2; exit 1; }
    awk -v title="$2" -v events="$events" -v before="$before" -v dropped="$(field "$work/$1.dropped.json" bytes_per_event)" \
        -v kept="$(field "$work/$1.kept.json" bytes_per_event)" -v seconds="$seconds" -v memory="$memory" \
        'BEGIN { printf "| %s | %d | %.2f | %.2f | %.2f | %s | %s |\n", title, events, before / events, dropped, kept, seconds, memory }'
}
{
    echo "# What an event takes in a compact trace"
    echo
    echo "Made by \`scripts/bench_compact.sh\` on $(date -u +%Y-%m-%d). Conditions: $(conditions)."
    echo "Bytes of the file over its events, call stacks and names included. Asked: at most 0.6 after \`memo compact\`, which leaves"
    echo "addresses out; \`--keep-addresses\` does not reach it. CPU time and peak memory are those of compacting without them."
    echo
    echo "| trace | events | recorded, B an event | compact, B | with addresses, B | CPU s | peak RSS MiB |"
    echo "| --- | --- | --- | --- | --- | --- | --- |"
    row json "Python json loop, PYTHONMALLOC=malloc"
    row cc1plus "gcc's cc1plus -O2"
    row mobilenet "PyTorch MobileNetV2, eager, 30 inferences"
} >"$work/compact.md"
mv "$work/compact.md" "$results"/compact.md
cat "$results"/compact.md
