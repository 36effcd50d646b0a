# Sourced by scripts/bench_dog_memory.sh, bench_focus_memory.sh and bench_ligo_memory.sh: a program of scientific/, unmodified, under every baseline
# allocator and under ours. A round is an image, read from a raw file and looked at. Starts are interleaved.
memo=build/bin/memo
starts=${MEMO_BENCH_STARTS:-3}
images=${MEMO_BENCH_IMAGES:-120}
warm_up=${MEMO_BENCH_WARM_UP:-10}

memory_head() { # PROGRAM SCRIPT WHAT-A-ROUND-IS
    echo "# $1 under every allocator"
    echo
    echo "Made by \`scripts/$2\` on $(date -u +%Y-%m-%d) at commit $(git describe --always --dirty)."
    echo "Conditions: $(conditions)."
    echo "$3"
}

memory_table() { # TITLE JSON PROGRAM ARGUMENT...
    echo
    echo "## $1"
    echo
    echo '```'
    # The shell gives the name of the file for rounds on, and is gone then: the program itself knows of timings only.
    # shellcheck disable=SC2016
    "$memo" bench -q --starts "$starts" --warm-up "$warm_up" \
        --rows glibc,glibc-tuned,glibc-tuned-huge,jemalloc,jemalloc-tuned,mimalloc,tcmalloc,memomalloc-online \
        -o "$2" -- /bin/sh -c 'exec "$0" "$@" ${MEMO_BENCH_ROUNDS:+--timings "$MEMO_BENCH_ROUNDS"}' "${@:3}"
    echo '```'
}
