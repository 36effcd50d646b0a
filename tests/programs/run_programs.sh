#!/bin/bash
# Real programs under our preloads: each must print and leave behind what it does alone, with the same exit code.
#
#   run_programs.sh -b BUILD [-o DIRECTORY] [MODE...]
#
# BUILD is a build directory. Modes: `bare` (what the others are compared with), `memomalloc`, `planned` (memomalloc with
# a plan of the program's own requests, recorded before), `memotrace`, and `NEXT` for jemalloc, mimalloc or tcmalloc: both
# libraries in front of that one, compared with it alone. Without a mode: all of them. With -o the results are kept in
# DIRECTORY, and a `bare` that is there already is used again.
#
# A program that is not installed is skipped; with MEMO_REQUIRE_ALL=1 that is a failure, but for the large ones.
# Prints a line an item and preload, then `N passed, N failed, N skipped`; exit code 1 if anything failed.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=items.sh
. "$here/items.sh"

readonly seconds_an_item=240
declare -i passed=0 failed=0 skipped=0
output="" build=""

usage() { sed -n '4s/^# *//p' "$0" >&2; exit 2; }

report() { # ok|FAIL|skip ITEM PRELOAD [WHY]
    printf '%-4s %-12s %s\n' "$1" "$2" "$3${4:+ ($4)}"
    case $1 in ok) passed+=1 ;; FAIL) failed+=1 ;; skip) skipped+=1 ;; esac
}

# Runs an item in its own process and directory, and keeps all that it said: run ITEM NAME VARIABLE...
# The environment is nearly empty and the directory has one name in all runs of a mode, because programs keep both in their
# heap: what they ask for first would differ between machines, and between recording and serving. Modes run side by side,
# so each has its own.
run() {
    local item=$1 at=$output/$1/$2 work=$output/$1/work-$mode
    shift 2
    rm -rf "$at" "$work"
    mkdir -p "$at" "$work"
    (cd "$work" && exec env -i PATH="$PATH" HOME="$HOME" LANG=C.UTF-8 MEMO_SOURCE="$MEMO_SOURCE" MEMO_ITEM="$item" "$@" \
        timeout -k 10 $seconds_an_item bash "$here/run_programs.sh") >"$at/out" 2>"$at/err" </dev/null
    echo $? >"$at/code"
    if [ -d "$work/result" ]; then mv "$work/result" "$at/result"; fi
    rm -rf "$work"
}

# What two runs differ in, in words; nothing if they are the same.
difference() {
    local a=$output/$1/$2 b=$output/$1/$3
    if ! cmp -s "$a/code" "$b/code"; then echo "exit code $(cat "$b/code") instead of $(cat "$a/code")"
    elif ! cmp -s "$a/out" "$b/out"; then echo "another output: $(diff "$a/out" "$b/out" | sed -n 2p)"
    elif ! cmp -s "$a/err" "$b/err"; then echo "another stderr: $(diff "$a/err" "$b/err" | sed -n 2p)"
    elif [ -d "$a/result" ] && ! diff -r "$a/result" "$b/result" >/dev/null; then echo "other files"
    fi
}

# Whether the item can run here; reports it if not.
runnable() {
    local missing=
    if declare -F "needs_$1" >/dev/null; then missing=$("needs_$1"); fi
    if [ -z "$missing" ]; then return 0; fi
    if [ "${MEMO_REQUIRE_ALL:-0}" = 1 ] && [[ $rare_items != *" $1 "* ]]; then report FAIL "$1" "$2" "$missing"
    else report skip "$1" "$2" "$missing"; fi
    return 1
}

run_bare() { if [ ! -f "$output/$1/bare/code" ]; then run "$1" bare; fi; }

compare() { # ITEM BASELINE NAME [REMARK]
    local why
    why=$(difference "$1" "$2" "$3")
    if [ -n "$why" ]; then report FAIL "$1" "$3" "$why"; else report ok "$1" "$3" "${4:-}"; fi
}

# The item's requests as a plan: those of its longest-recorded process. Not of bash, which runs the items: what it asks
# for depends on the environment, and that differs between recording and serving.
plan_item() {
    local directory=$output/$1/record
    run "$1" recorded LD_PRELOAD="$build/lib/libmemo_recorder.so" MEMO_RECORD="$directory/r" MEMO_PLAN= MEMO_STATS=
    # shellcheck disable=SC2010,SC2012 # our own file names
    "$build/bin/plan_of_record" --late "$(ls -S "$directory"/r.* | grep -v '/r\.bash\.' | head -1)" "$output/$1/plan"
    local code=$?
    rm -rf "$directory"
    return $code
}

run_planned() {
    if [[ $unplanned_items == *" $1 "* ]]; then report skip "$1" planned "limits its own addresses"; return; fi
    local statistics=$output/$1/statistics tries=1 hits=0
    [[ $timed_items == *" $1 "* ]] && tries=3
    for (( ; tries > 0 && hits == 0; --tries)); do
        rm -rf "$output/$1/record" "$statistics" && mkdir -p "$output/$1/record" "$statistics"
        if ! plan_item "$1"; then report FAIL "$1" planned "no plan"; return; fi
        run "$1" planned LD_PRELOAD="$build/lib/libmemomalloc.so" MEMO_PLAN="$output/$1/plan" MEMO_STATS="$statistics/s"
        hits=$(cat "$statistics"/s* 2>/dev/null | sed -n 's/.* hits \([0-9]*\) .*/\1/p' | awk '{ sum += $1 } END { print sum + 0 }')
    done
    rm -rf "$statistics"
    if [ "$hits" = 0 ] && [[ $silent_items != *" $1 "* ]]; then report FAIL "$1" planned "nothing was served"; return; fi
    compare "$1" bare planned "hits $hits"
}

next_library() {
    local name
    case $1 in
        jemalloc) name=libjemalloc.so.2 ;; mimalloc) name=libmimalloc.so.2 ;; tcmalloc) name=libtcmalloc_minimal.so.4 ;;
        *) usage ;;
    esac
    ldconfig -p | sed -n "s/.*$name .*x86-64.*=> //p" | head -1
}

run_next() { # NEXT
    local item preload library
    library=$(next_library "$1")
    if [ -z "$library" ]; then
        if [ "${MEMO_REQUIRE_ALL:-0}" = 1 ]; then report FAIL "$1" - "not installed"; else report skip "$1" - "not installed"; fi
        return
    fi
    for item in "${few_items[@]}"; do
        runnable "$item" "$1" || continue
        mkdir -p "$output/traces-$1"
        run "$item" "$1" LD_PRELOAD="$library"
        for preload in memomalloc memotrace; do
            run "$item" "$preload+$1" LD_PRELOAD="$build/lib/lib$preload.so:$library" MEMO_TRACE_FILE="$output/traces-$1/t"
            compare "$item" "$1" "$preload+$1"
        done
        rm -rf "$output/traces-$1"
    done
}

run_mode() {
    local item
    case $1 in jemalloc | mimalloc | tcmalloc) run_next "$1"; return ;; esac
    for item in "${all_items[@]}"; do
        runnable "$item" "$1" || continue
        run_bare "$item"
        case $1 in
            bare)
                if [ "$(cat "$output/$item/bare/code")" = 0 ]; then report ok "$item" bare; else
                    report FAIL "$item" bare "exit code $(cat "$output/$item/bare/code")"; fi ;;
            planned) run_planned "$item" ;;
            memomalloc) run "$item" "$1" LD_PRELOAD="$build/lib/libmemomalloc.so"; compare "$item" bare "$1" ;;
            memotrace)
                mkdir -p "$output/traces"
                run "$item" "$1" LD_PRELOAD="$build/lib/libmemotrace.so" MEMO_TRACE_FILE="$output/traces/t"
                rm -rf "$output/traces"
                compare "$item" bare "$1" ;;
            *) usage ;;
        esac
    done
}

# The other half of `run`: here we are inside, under the preload.
if [ -n "${MEMO_ITEM:-}" ]; then
    item=$MEMO_ITEM
    unset MEMO_ITEM
    "item_$item"
    exit
fi

while getopts b:o: option; do
    case $option in b) build=$(cd "$OPTARG" && pwd) ;; o) output=$OPTARG ;; *) usage ;; esac
done
shift $((OPTIND - 1))
[ -n "$build" ] || usage
if [ -z "$output" ]; then
    output=$(mktemp -d)
    trap 'rm -rf "$output"' EXIT
fi
mkdir -p "$output" && output=$(cd "$output" && pwd)
[ $# -gt 0 ] || set -- bare memomalloc planned memotrace jemalloc mimalloc tcmalloc

# The sources that items compile and commit: a copy, because someone may be editing the real ones.
export MEMO_SOURCE=$output/source
if [ ! -d "$MEMO_SOURCE" ]; then
    mkdir "$MEMO_SOURCE" && cp -r "$here/../../common" "$here/../../planner" "$MEMO_SOURCE/"
fi
for mode in "$@"; do run_mode "$mode"; done
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
