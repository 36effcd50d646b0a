#!/usr/bin/env bash
# Which rounds of an inference others keep waiting, our own threads among them: counts rounds that lasted longer than their thread
# had of the core, on one core, with and without what ours does beside the program. Writes results/interruptions.md; takes about
# half an hour. Needs what scripts/bench_latency.sh needs.
#   NET...                only these (benchmarks/nets.py names them)
#   MEMO_BENCH_STARTS     starts of a net with each allocator (5)
#   MEMO_BENCH_RESULTS    where the results go (results)
set -euo pipefail
. "$(dirname "$0")/usage.sh"
. scripts/environment.sh
nets=("$@")
[ $# -gt 0 ] || nets=(transformer_random transformer mobilenet_v2)
work=build/bench/latency
mkdir -p "$work" "$results"
{
    echo "# Rounds that are kept waiting"
    echo
    echo "Made by \`scripts/profile_interruptions.sh\` at $(git describe --always --dirty). Conditions: $(conditions)."
    echo "\`benchmarks/eager.py\`, batch 1, 400 rounds after ${MEMO_BENCH_WARM_UP:-40}, kept to one core with all of its process's threads;"
    echo "${MEMO_BENCH_STARTS:-5} starts, every allocator in turn. A round has waited for as long as it lasted longer than its own"
    echo "thread's CPU time. Counts are a start's, on average; percentiles medians over the starts. Where nothing of ours runs beside"
    echo "the program (\`MEMO_LEARN=0\`: no learner, and everything is glibc's; \`MEMO_HUGE=never\`: nobody makes huge pages behind its back),"
    echo "what is left is the machine's."
    echo
    /usr/bin/python3 scripts/profile_interruptions.py build/lib/libmemomalloc.so "${MEMO_BENCH_STARTS:-5}" "${nets[@]}"
} >"$work/interruptions.md"
mv "$work/interruptions.md" "$results/interruptions.md"
cat "$results/interruptions.md"
