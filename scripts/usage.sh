# Sourced first by the benchmarks: answers --help with the comment that their file opens with, sets `results`, the folder for the
# tables (MEMO_BENCH_RESULTS, or results/), and goes to the repository's root.
if [[ "${1:-}" == -h || "${1:-}" == --help ]]; then
    sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p}' "$0"
    exit
fi
results=$(realpath -m "${MEMO_BENCH_RESULTS:-$(dirname "$0")/../results}")
cd "$(dirname "$0")/.."
mkdir -p "$results"
