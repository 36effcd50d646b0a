#!/usr/bin/env bash
# Everything that must pass: builds (release, ASan + UBSan, TSan), the tests in each, the fuzzers for a short while,
# formatting and clang-tidy. Installs what is missing first.
#   scripts/test.sh quick   the release build and its tests only
#   MEMO_DATA_DIR           folder of real inputs; tests that want them skip without it and say so
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/setup.sh test
jobs=$(nproc)
passed=0
failed=()

declare -A logs started jobs_of
begin() {  # begin NAME COMMAND...: runs it beside what follows, until `finish NAME`
    logs[$1]=$(mktemp)
    started[$1]=$SECONDS
    "${@:2}" >"${logs[$1]}" 2>&1 &
    jobs_of[$1]=$!
}
finish() {  # finish NAME: waits for it, shows its output only if it failed
    if wait "${jobs_of[$1]}"; then
        passed=$((passed + 1))
        printf 'ok    %-28s %4d s\n' "$1" $((SECONDS - started[$1]))
        grep -hE '^skip ' "${logs[$1]}" | sort -u | sed 's/^/        /' || true
    else
        failed+=("$1")
        printf 'FAIL  %-28s %4d s\n' "$1" $((SECONDS - started[$1]))
        tail -n 150 "${logs[$1]}"
    fi
    rm -f "${logs[$1]}"
}
check() { begin "$@" && finish "$1"; }

build() {  # build PRESET [TARGET...]
    local preset=$1
    shift
    cmake --preset "$preset" && cmake --build --preset "$preset" -j "$jobs" ${1:+--target "$@"}
}
run_tests() {
    ctest --test-dir "$1" --output-on-failure -j "$jobs" "${@:2}" || return 1
    grep -h '^skip ' "$1/Testing/Temporary/LastTest.log" || true  # what passed only because it was left out
}
fuzz() {  # from the seeds that there are, into build-asan/corpus; an input that fails is left in build-asan and shown
    (cd build-asan && printf '%s\0' bin/*_fuzzer | xargs -0 -n 1 -P "$jobs" sh -c '
        name=$(basename "$1" _fuzzer) && mkdir -p "corpus/$name" && seeds=../tests/fuzz/seeds/$name
        [ -d "$seeds" ] || seeds=
        "$1" -max_total_time="$0" -rss_limit_mb=4096 "corpus/$name" $seeds >"corpus/$name.log" 2>&1 && exit
        echo "$name:" && grep -avE "^#[0-9]+.(NEW|REDUCE|pulse)" "corpus/$name.log"
        exit 1' "${MEMO_FUZZ_SECONDS:-6}")
}

check "build release" build release
check "build tests" build tests
check "tests release" run_tests build
if [ "${1:-all}" != quick ]; then
    check "format" scripts/format.sh --check
    check "tidy" scripts/tidy.sh
    # The preloaded libraries are never sanitized, so what runs under them is the release build's business.
    check "build asan" build asan
    check "build tsan" build tsan test_allocator test_planner_threads
    # Without the files whose tests have one thread, which would take five minutes of one core.
    begin "tests tsan, allocator" build-tsan/bin/test_allocator -# \
        '~[#learn_rules_test]~[#learn_test]~[#learn_variable_test]~[#replay_model_test]'
    check "tests asan" run_tests build-asan -R '^(common|planner|allocator|scientific)$'
    check "tests tsan, planner" build-tsan/bin/test_planner_threads '[threads]'
    check "fuzzers" fuzz
    finish "tests tsan, allocator"
    check "install" scripts/check_install.sh
fi

printf '%d passed, %d failed\n' "$passed" "${#failed[@]}"
[ ${#failed[@]} -eq 0 ]
