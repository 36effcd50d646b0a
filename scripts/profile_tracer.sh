#!/usr/bin/env bash
# Where the bytes of a recorded trace are and where the tracer's CPU time goes, on the programs of scripts/bench_tracer.sh: bytes an
# event by column (scripts/trace_bytes.py); samples of perf (Debian: linux-perf) by part of the tracer; instructions an event by
# part (Debian: valgrind), on shorter runs. Writes results/tracer_profile.md. Takes a few minutes on a quiet machine.
#   MEMO_PROFILE_PROGRAMS  json, cc1plus and mobilenet, or some of them
#   MEMO_BENCH_RESULTS  where the results go (results)
set -euo pipefail
. "$(dirname "$0")/usage.sh"
for tool in perf valgrind; do
    command -v "$tool" >/dev/null || { echo "profile: $tool is missing: apt-get install linux-perf valgrind" >&2; exit 1; }
done
scripts/setup.sh demo
make --no-print-directory release >&2
. scripts/environment.sh
work=$PWD/build/bench/tracer_profile
rm -rf "$work"
mkdir -p "$work"
memo=$PWD/build/bin/memo
library=$PWD/build/lib/libmemotrace.so
python=/usr/bin/python3
# The units that bench_tracer.sh has compiled, and a short one: valgrind takes some fifty times as long.
eval "$(sed -n '/^unit() {/,/^}/p' scripts/bench_tracer.sh)"
unit >"$work/unit.ii"
eval "$(declare -f unit | sed 's/i < 90/i < 12/')"
unit >"$work/short.ii"

command_of() {  # command_of PROGRAM, and `short` or nothing: its words, in `words`; what Python allocates with
    export PYTHONMALLOC=default
    case $1 in
        json) PYTHONMALLOC=malloc words=("$python" scripts/json_loop.py "$([ -n "$2" ] && echo 3 || echo 220)") ;;
        cc1plus) words=("$(g++ -print-prog-name=cc1plus)" -quiet -O2 -fpreprocessed "$work/${2:-unit}.ii" -o /dev/null) ;;
        mobilenet) words=("$python" scripts/mobilenet.py "$([ -n "$2" ] && echo 3 || echo 100)") ;;
    esac
}
traced() {  # traced FILE COMMAND...: what the program itself prints is nobody's
    env MEMO_TRACE_FILE="$1" LD_PRELOAD="$library" "${@:2}" >/dev/null
}
# Functions of the tracer by part, from lines of a number and a function's name: sums, divided by the first argument.
by_part() {
    awk -v by="$1" -v unit="$2" '
        { n = $1; $1 = ""
          part = "events and the rest"
          if ($0 ~ /ZSTD|HUF_|FSE_|HIST_|XXH|crc32c/) part = "compressing"
          else if ($0 ~ /format::|ColumnWriter|AddressModel|AddressBook|SiteModel/) part = "columns"
          else if ($0 ~ /StackMemory|sites::|nodes::|frames::|frame_rule|FrameRule|modules/) part = "call stacks"
          sum[part] += n; all += n }
        END { for (part in sum) printf "%-20s %8.1f %s\n", part, sum[part] / by, unit; printf "%-20s %8.1f %s\n", "all", all / by, unit }' | sort -k1,1
}
events_of() { "$memo" info --json "$1" | sed -n 's/^.*"events": *\([0-9]*\).*$/\1/p' | head -1; }

samples() {  # samples PROGRAM: percent of the samples of the whole process
    local words
    command_of "$1" ""
    traced "$work/$1.perf.memo" perf record -q -e cpu-clock -F 1999 -o "$work/$1.perf" -- "${words[@]}" 2>/dev/null
    perf report -i "$work/$1.perf" --dsos libmemotrace.so --sort symbol --stdio 2>/dev/null |
        sed -n 's/^ *\([0-9.]*\)% *\[.\] */\1 /p' | by_part 1 "% of the samples"
}
instructions() {  # instructions PROGRAM: of the tracer alone, an event
    local words
    command_of "$1" short
    local out=$work/$1.callgrind
    env MEMO_TRACE_FILE="$work/$1.short.memo" LD_PRELOAD="$library" valgrind --tool=callgrind \
        --callgrind-out-file="$out" "${words[@]}" >"$work/$1.valgrind.log" 2>&1 ||
        { echo "valgrind failed: $(tail -1 "$work/$1.valgrind.log")"; return; }
    # valgrind's own launcher is traced too, in files of other names: the program's is the largest.
    local trace
    trace=$(ls -S "$work/$1".short.memo* | head -1)
    callgrind_annotate --threshold=100 "$out" | grep 'libmemotrace' | sed 's/^ *//; s/([^)]*%)//' | tr -d ',' |
        by_part "$(events_of "$trace")" "instructions an event"
}

{
    echo "# Where the tracer's bytes and CPU time go"
    echo
    echo "Made by \`scripts/profile_tracer.sh\` on $(date -u +%Y-%m-%d). Conditions: $(conditions)."
    echo "Bytes: as recorded, by \`scripts/trace_bytes.py\`. Samples: \`perf record -e cpu-clock\` of the whole process, the tracer's"
    echo "functions by part. Instructions: \`valgrind --tool=callgrind\` on a shorter run, where more of the call stacks are new."
    for program in ${MEMO_PROFILE_PROGRAMS:-json cc1plus mobilenet}; do
        echo
        echo "## $program"
        echo
        echo '```'
        command_of "$program" ""
        traced "$work/$program.memo" "${words[@]}" 2>/dev/null
        "$python" scripts/trace_bytes.py "$work/$program.memo" | sed "s|$work/||"
        echo
        samples "$program"
        echo
        instructions "$program"
        echo '```'
    done
} >"$work/tracer_profile.md"
mv "$work/tracer_profile.md" "$results"/tracer_profile.md
cat "$results"/tracer_profile.md
