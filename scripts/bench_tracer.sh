#!/usr/bin/env bash
# What recording costs: CPU time of three programs bare, recorded by memo trace and by heaptrack, and the bytes that an event
# takes. Writes results/tracer.md. Wants a quiet machine and heaptrack; takes about six minutes.
#   MEMO_BENCH_STARTS  process starts a figure (3)
#   MEMO_BENCH_RESULTS  where the results go (results)
set -euo pipefail
. "$(dirname "$0")/usage.sh"
command -v heaptrack >/dev/null || { echo "tracer: heaptrack is missing: apt-get install heaptrack" >&2; exit 1; }
scripts/setup.sh demo
make --no-print-directory release >&2
. scripts/environment.sh
starts=${MEMO_BENCH_STARTS:-3}
work=$PWD/build/bench/tracer
rm -rf "$work"
mkdir -p "$work"
memo=$PWD/build/bin/memo
library=$PWD/build/lib/libmemotrace.so
python=/usr/bin/python3

# A large translation unit without a library's headers: many templates, classes and loops.
unit() {
    local i
    echo 'template <class T, int N> struct Ring { T data[N]; int at = 0; T& next() { return data[at++ % N]; } };'
    for ((i = 0; i < 90; ++i)); do
        echo "struct S$i { Ring<int, $((i % 7 + 2))> ring; double sum = $i;
            template <class F> double each(F f) { for (int k = 0; k < ${i}; ++k) sum += f(ring.next(), k); return sum; }
            virtual double run(int n) { return each([n](int a, int b) { return a * n + b * ${i}.5; }); } virtual ~S$i() {} };
            double call$i(S$i& s, int n) { double r = 0; for (int j = 0; j < n; ++j) switch (j % 5) { case 0: r += s.run(j);
            break; case 1: r -= s.sum / (j + 1); break; case 2: r *= 1 + j; break; default: r += s.ring.next(); } return r; }"
    done
}
unit >"$work/unit.ii"

programs=(json json-pymalloc cc1plus mobilenet)
declare -A title=([json]="Python json loop, PYTHONMALLOC=malloc" [json-pymalloc]="Python json loop" [cc1plus]="gcc's cc1plus -O2" [mobilenet]="PyTorch MobileNetV2, eager")
command_of() {  # command_of PROGRAM: its words, in `words`
    case $1 in
        json) words=("$python" scripts/json_loop.py 700) ;;
        json-pymalloc) words=("$python" scripts/json_loop.py 1500) ;;
        cc1plus) words=("$(g++ -print-prog-name=cc1plus)" -quiet -O2 -fpreprocessed "$work/unit.ii" -o /dev/null) ;;
        mobilenet) words=("$python" scripts/mobilenet.py 100) ;;
    esac
}
rows=(bare idle sampled recorded memo heaptrack-raw heaptrack)
start() {  # start ROW PROGRAM: one run
    local words
    if [ "$2" = json ]; then local -x PYTHONMALLOC=malloc; fi
    command_of "$2"
    case $1 in
        bare) "${words[@]}" ;;
        idle) MEMO_TRACE_PAUSED=1 LD_PRELOAD=$library "${words[@]}" ;;
        sampled) MEMO_TRACE_SAMPLE=524288 MEMO_TRACE_FILE=$work/$2.sampled.trace LD_PRELOAD=$library "${words[@]}" ;;
        recorded) MEMO_TRACE_FILE=$work/$2.recorded.trace LD_PRELOAD=$library "${words[@]}" ;;
        memo) "$memo" trace -q -o "$work/$2.memo.trace" -- "${words[@]}" ;;
        heaptrack-raw) heaptrack -r -o "$work/$2.heaptrack-raw.trace" "${words[@]}" ;;
        heaptrack) heaptrack -o "$work/$2.heaptrack.trace" "${words[@]}" ;;
    esac
}

TIMEFORMAT='%U %S'
for ((i = 0; i < starts; ++i)); do  # interleaved
    for program in "${programs[@]}"; do
        for row in "${rows[@]}"; do
            rm -f "$work/$program.$row".trace*
            { time start "$row" "$program" >/dev/null 2>&1; } 2>&1 | awk '{ print $1 + $2 }' >>"$work/$program.$row.s"
            cat "$work/$program.$row".trace* 2>/dev/null | wc -c >"$work/$program.$row.bytes" || true  # bare has none
            if [ "$row" = memo ]; then
                "$memo" info --json "$work/$program.memo.trace" >"$work/$program.json"
            fi
        done
    done
done

median() { sort -n "$1" | awk '{ t[NR] = $1 } END { print t[int((NR + 1) / 2)] }'; }
ratio() {  # ratio PROGRAM ROW: to bare, of medians
    awk -v a="$(median "$work/$1.$2.s")" -v b="$(median "$work/$1.bare.s")" 'BEGIN { printf "%.2f", a / b }'
}
field() { sed -n "s/^.*\"$2\": *\([0-9]*\).*$/\1/p" "$work/$1.json" | head -1; }
per_event() {  # per_event PROGRAM ROW
    awk -v bytes="$(cat "$work/$1.$2.bytes")" -v events="$(field "$1" events)" 'BEGIN { printf "%.2f", bytes / events }'
}
{
    echo "# What recording costs"
    echo
    echo "Made by \`scripts/bench_tracer.sh\` on $(date -u +%Y-%m-%d). Conditions: $(conditions); $(heaptrack --version)."
    echo "CPU time, user and system, of the program, the tracer and whatever it starts, as a ratio to the bare run's: medians of"
    echo "$starts interleaved starts. Bytes are those of the files, over the events that memo recorded. heaptrack raw is"
    echo "\`heaptrack --raw\`, without its interpreter. Idle is the tracer preloaded and switched off, sampled one allocation in 512 KiB on"
    echo "average. The others record every allocation with its call stack, memo with op tags too. Recorded is the tracer alone, which is"
    echo "what compares to heaptrack raw; memo trace is that and counting what was written, as users run it."
    echo
    echo "What bounds the rest is in \`results/tracer_profile.md\`, by \`scripts/profile_tracer.sh\`: for the json loop the events themselves,"
    echo "of which it makes more than anything else, each with a check that the whole call stack stands in memory as it did, and their"
    echo "columns and Zstandard; for cc1plus its call stacks, whose paths are looked up where its own walks over the heap have just"
    echo "been; for MobileNetV2 the call stacks that are new while Python imports. Idle and sampled are bounded by the call through the"
    echo "preloaded function, a nanosecond or two each. Bytes: those of cc1plus and MobileNetV2 are most of all addresses, and for"
    echo "MobileNetV2 the definitions of some 600,000 call stacks, a quarter of all."
    echo
    echo "| program | bare, s | events | call stacks | idle | sampled | recorded | memo trace | heaptrack raw | heaptrack | memo, B an event | heaptrack, B |"
    echo "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    for program in "${programs[@]}"; do
        echo "| ${title[$program]} | $(median "$work/$program.bare.s") | $(field "$program" events) | $(field "$program" sites) |" \
            "$(ratio "$program" idle) | $(ratio "$program" sampled) | $(ratio "$program" recorded) | $(ratio "$program" memo) | $(ratio "$program" heaptrack-raw) | $(ratio "$program" heaptrack) |" \
            "$(per_event "$program" memo) | $(per_event "$program" heaptrack) |"
    done
} >"$work/tracer.md"
mv "$work/tracer.md" "$results"/tracer.md
cat "$results"/tracer.md
