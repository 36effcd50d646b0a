#!/usr/bin/env bash
# The tables of results/hls.md: what the compiler `hls` makes of its networks, how long it takes, and what number formats
# cost in accuracy. The cycles and words are the same on every machine; only the compiler's own times depend on it.
#   MEMO_BENCH_RESULTS  where the results go (results)
#   MEMO_HLS_TRAIN      1: train the networks again first (about six minutes of a core)
set -euo pipefail
. "$(dirname "$0")/usage.sh"
scripts/setup.sh demo
make --no-print-directory release >&2
. scripts/environment.sh
hls=build/bin/hls
trained=scientific/hls/nets/trained
work=build/bench/hls
rm -rf "$work"
mkdir -p "$work"

train() { # NETWORK KIND TRAINING-SAMPLES SEED OPTIONS...
    "$hls" net "$1" --seed "$4" -o "$work/$1.json"
    "$hls" samples "$2" --count "$3" --seed 1 -o "$work/$1.train"
    /usr/bin/python3 scripts/hls_train.py "$work/$1.json" "$work/$1.train" "$trained/$1.json" "${@:5}" >&2
}
tune() { # NAME OPTIONS...: goes on from the trained BraggNN, with the roundings of a number format
    /usr/bin/python3 scripts/hls_train.py "$trained/braggnn.json" "$work/braggnn.train" "$trained/braggnn_$1.json" "${@:2}" >&2
}
if [ "${MEMO_HLS_TRAIN:-0}" = 1 ]; then
    train braggnn peaks 16000 2 --epochs 20 --rate 2e-3
    tune 5_4 --numbers 4 --epochs 12 --rate 1.5e-3
    tune 5_4_9 --numbers 4,9 --epochs 4 --rate 1e-3
    tune 5_3_7 --numbers 3,7 --epochs 4 --rate 1e-3
    train lenet digits 6000 1 --targets 1 --epochs 4
fi

"$hls" samples peaks --count 1000 --seed 2 -o "$work/peaks.f32"
"$hls" samples digits --count 500 --seed 2 -o "$work/digits.f32"
bragg=$trained/braggnn.json

report() { # KEY FILE
    /usr/bin/python3 -c 'import json, sys
value = json.load(open(sys.argv[2]))
for key in sys.argv[1].split("."):
    value = value[key]
print(f"{value:g}" if isinstance(value, float) else value)' "$1" "$2"
}
cells() { # FRACTION-BITS THOSE-OF-FACTORS RECIPE PREFIX...: cells of a mac_element whose types begin so, with | between
    local hls_sources=(scientific/hls/arithmetic/operators/{float,fixed}_{add,multiply,compare}.sv scientific/hls/arithmetic/operators/{float_pack,float_factor,fixed_saturate}.sv scientific/hls/rtl/hardware/mac_element.sv)
    yosys -q -p "read_verilog -sv ${hls_sources[*]}; chparam -set HIGH 5 -set LOW $1 -set FACTOR $2 -set W $(($1 + 8)) mac_element; $3 -top mac_element; tee -q -o $work/cells.json stat -json" >"$work/yosys.log" 2>&1
    /usr/bin/python3 -c 'import json, sys
cells = json.load(open(sys.argv[1]))["design"]["num_cells_by_type"]
print(" | ".join(str(sum(n for name, n in cells.items() if name.startswith(prefix))) for prefix in sys.argv[2:]))' "$work/cells.json" "${@:4}"
}
resources() { # OUT COMMAND...: CPU seconds and the peak of resident memory
    /usr/bin/python3 - "$@" <<'PYTHON'
import resource, subprocess, sys
subprocess.run(sys.argv[2:], check=True, stdout=open(sys.argv[1], "w"))
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(f"{used.ru_utime + used.ru_stime:.2f} {used.ru_maxrss / 1024:.0f}")
PYTHON
}

{
    echo "# hls: networks as schedules"
    echo
    echo "Made by \`scripts/bench_hls.sh\`: $(conditions). Cycles of 10 ns. *Interval* is the time between samples when they"
    echo "follow each other without a pause, which is what the paper (arXiv 2302.06751) calls time a sample; *latency* is the time"
    echo "from a sample to its own result. Every schedule below has passed the validator."
    echo
    echo "## BraggNN(s=1) on 1,296 elements, floats (5,4)"
    echo
    read -r seconds mebibytes < <(resources "$work/bragg.json" "$hls" compile "$bragg" --json -o "$work/bragg")
    echo "| | here | lower bound | the paper |"
    echo "| --- | --- | --- | --- |"
    echo "| interval | $(report interval "$work/bragg.json") cycles, $(report us_per_sample "$work/bragg.json") µs | $(report interval_bound "$work/bragg.json") cycles; of the MACs alone $(report macs_bound "$work/bragg.json") | 480 cycles, 4.8 µs |"
    echo "| latency | $(report latency "$work/bragg.json") cycles, $(report latency_us "$work/bragg.json") µs | $(report latency_bound "$work/bragg.json") | 1,238 cycles |"
    "$hls" compile "$bragg" --alone --json >"$work/alone.json"
    echo "| latency, one sample at a time | $(report latency "$work/alone.json") cycles, $(report latency_us "$work/alone.json") µs | $(report latency_bound "$work/alone.json") | |"
    echo "| compile time | $seconds CPU s | | 153 s (Vitis: 46,672 s) |"
    echo "| compiler's peak memory | $mebibytes MiB | | |"
    echo "| MACs | $(report macs "$work/bragg.json"), $(report operations "$work/bragg.json") operations in all | | |"
    echo "| memory on chip | $(report memory.words "$work/bragg.json") words | max load $(report memory.max_load "$work/bragg.json") | |"
    echo "| memory, every value on its own | $(report memory.without_sharing "$work/bragg.json") words | | |"
    echo
    echo "The latency pays for the interval: elements this full make operations wait for a free slot. With more time between"
    echo "samples there is less to wait for:"
    echo
    echo "| interval | latency |"
    echo "| --- | --- |"
    for interval in 195 200 210 240; do
        "$hls" compile "$bragg" --interval "$interval" --json >"$work/slower.json"
        echo "| $interval | $(report latency "$work/slower.json") |"
    done
    echo
    echo "The machine run cycle by cycle, against the functional model: $("$hls" verify "$bragg" --samples "$work/peaks.f32" --count 1000)."
    echo
    echo "![One sample on its way, a row a layer](hls-braggnn.svg)"
    echo
    echo "## Time a sample against elements"
    echo
    echo "| elements | interval | bound | of the MACs | µs a sample | latency, µs | words | max load | compile, s |"
    echo "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    "$hls" curve "$bragg" | tee "$work/curve.csv" | tail -n +2 |
        awk -F, '{printf "| %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", $1, $2, $3, $4, $5, $7, $8, $9, $10}'
    echo
    echo "## The published BraggNN, 64/32/8"
    echo
    echo "With random weights: it is scheduled, but not trained here, so there is no accuracy of it. The bound is that of all operations."
    echo
    echo "| elements | MACs | interval | bound | µs a sample | latency, µs | words | max load | compile, CPU s | MiB |"
    echo "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    for elements in 1296 2048 4096; do
        read -r seconds mebibytes < <(resources "$work/braggnn64.json" "$hls" compile braggnn64 --elements "$elements" --json)
        row="| $elements"
        for key in macs interval interval_bound us_per_sample latency_us memory.words memory.max_load; do
            row+=" | $(report "$key" "$work/braggnn64.json")"
        done
        echo "$row | $seconds | $mebibytes |"
    done
    echo
    echo "## Read ports"
    echo
    echo "Results in registers that anyone reads (as OpenHLS has them) is the default. With banks of so many read ports each:"
    echo
    echo "| network | ports | interval | bound | latency |"
    echo "| --- | --- | --- | --- | --- |"
    while read -r network elements ports; do
        "$hls" compile "$network" --elements "$elements" --read-ports "$ports" --json >"$work/ports.json"
        echo "| $(report network "$work/ports.json"), $elements elements | ${ports/#0/registers} | $(report interval "$work/ports.json") | $(report interval_bound "$work/ports.json") | $(report latency "$work/ports.json") |"
    done <<ROWS
linear 64 0
linear 64 2
conv 64 0
conv 64 2
$bragg 1296 0
$bragg 1296 2
$bragg 1296 4
ROWS
    echo
    echo "## Single layers, one sample at a time"
    echo
    echo "Ours: one layer alone on 1,296 elements, latency of one sample. The shapes of the paper's table are not published; ours"
    echo "are linear 11x11 by 11 (addmm), conv 3x3 of 16x16 to 3 channels, softmax of 10, and an inference batch norm of 2x10x10,"
    echo "which is one multiply-add a number (the paper's may compute mean and variance)."
    echo
    echo "Sums are the trees that are done first (\`--quick-sums\`); in brackets chains of three products, as OpenHLS has chains."
    echo "*Critical path*: with elements without end. The convolution is bound by the elements too: its 5,292 products take five"
    echo "cycles to start on 1,296 elements, and no tree over products that start so late is done in 14 cycles; 2,700 elements do it."
    echo
    echo "| layer | elements | operations | cycles | ns | critical path | the paper, ns |"
    echo "| --- | --- | --- | --- | --- | --- | --- |"
    while read -r layer elements paper; do
        "$hls" compile "$layer" --elements "$elements" --alone --longest-chain 3 --json >"$work/chains.json"
        "$hls" compile "$layer" --elements "$elements" --alone --quick-sums --json >"$work/layer.json"
        echo "| $layer | $elements | $(report operations "$work/layer.json") | $(report latency "$work/layer.json") ($(report latency "$work/chains.json")) | $(report latency "$work/layer.json")0 | $(report latency_bound "$work/layer.json") | $paper |"
    done <<ROWS
linear 1296 230
conv 1296 148
conv 2700 148
softmax 1296 329
batch_norm 1296 86
ROWS
    echo
    echo "## Growth of the compiler's time"
    echo
    echo "One 3x3 convolution of N by N pixels on 256 elements. MLIR's pass (affine-scalrep) alone, in the paper: 2.6 s at 8², 577,420 s at 128²."
    echo
    echo "| N | operations | CPU s | µs an operation | MiB |"
    echo "| --- | --- | --- | --- | --- |"
    for n in 8 16 32 64 128; do
        read -r seconds mebibytes < <(resources "$work/conv.json" "$hls" compile "conv$n" --elements 256 --json)
        operations=$(report operations "$work/conv.json")
        echo "| $n | $operations | $seconds | $(awk "BEGIN { printf \"%.1f\", 1e6 * $seconds / $operations }") | $mebibytes |"
    done
    echo
    echo "## What number formats cost"
    echo
    echo "BraggNN(s=1), trained by scripts/hls_train.py on 16,000 simulated peaks (\`hls samples peaks --seed 1\`); 1,000 others (seed 2)."
    echo "Distances in pixels between the centre found and the true one. *Than float*: the mean less that of float64, trained"
    echo "without rounding; the aim is 0.05. *Moved*: from the result of the same weights in float64. Numbers 5,4,9 round factors to 4"
    echo "fraction bits and sums to 9. *Tuned*: trained further, with every rounding of these numbers (\`--numbers\`)."
    echo
    echo "| numbers | weights | mean | median | 95 % | than float | moved, mean |"
    echo "| --- | --- | --- | --- | --- | --- | --- |"
    {
        "$hls" accuracy "$bragg" --samples "$work/peaks.f32" --formats "5,11;5,4,9;5,4;5,3;fixed 8,8" | tail -n +2 | sed 's/$/,as trained/'
        for numbers in 5,4 5,4,9 5,3,7; do
            "$hls" accuracy "$trained/braggnn_${numbers//,/_}.json" --samples "$work/peaks.f32" --formats "$numbers" | tail -n 1 | sed 's/$/,tuned/'
        done
    } | /usr/bin/python3 -c 'import csv, sys
base = None
for numbers, mean, median, worst, moved, weights in csv.reader(sys.stdin):
    base = base or float(mean)
    print(f"| {numbers} | {weights} | {mean} | {median} | {worst} | {float(mean) - base:+.4f} | {moved} |")'
    if [ -f "$trained/lenet.json" ]; then
        echo
        echo "LeNet-5 on digits drawn by \`hls samples digits\` (strokes of our own, not MNIST): share of wrong labels of 500 it was not trained on."
        echo
        echo "| numbers | wrong | labels changed |"
        echo "| --- | --- | --- |"
        "$hls" accuracy "$trained/lenet.json" --samples "$work/digits.f32" --targets 1 --formats "5,11;5,4;5,3;fixed 8,8" | tail -n +2 |
            /usr/bin/python3 -c 'import csv, sys
for row in csv.reader(sys.stdin): print("|", " | ".join(row), "|")'
    fi
    echo
    echo "## What longer sums cost in logic"
    echo
    echo "One \`mac_element\` (multiplier, adder, comparator), as yosys makes it for UltraScale+ and iCE40, without placement. Banks"
    echo "and crossbar grow with the word."
    echo
    echo "| numbers | bits a word | LUT (US+) | FF (US+) | DSP (US+) | LUT4 (iCE40) | FF (iCE40) |"
    echo "| --- | --- | --- | --- | --- | --- | --- |"
    while read -r numbers low factor; do
        echo "| $numbers | $((low + 8)) | $(cells "$low" "$factor" "synth_xilinx -family xcup -noiopad -flatten" LUT FD DSP) | $(cells "$low" "$factor" synth_ice40 SB_LUT SB_DFF) |"
    done <<ROWS
5,3 3 3
5,4 4 4
5,3,7 7 3
5,4,9 9 4
5,9 9 9
5,11 11 11
ROWS
    echo
    echo "## Against LibTorch"
    echo
    if [ -x "${hls}-import" ]; then
        /usr/bin/python3 - "$bragg" "$work/torch" 2>/dev/null <<'PYTHON'
import json, sys
sys.path.insert(0, "scripts")
import torch, hls_train
model = hls_train.Described(json.load(open(sys.argv[1]))).eval()
torch.jit.save(torch.jit.trace(model, torch.rand(1, 1, 11, 11)), sys.argv[2] + ".pt")
x = torch.rand(100, 1, 11, 11, generator=torch.Generator().manual_seed(1))
with torch.no_grad():
    y = torch.cat([model(x[k:k + 1]) for k in range(len(x))])
open(sys.argv[2] + ".f32", "wb").write(torch.cat([x.flatten(1), y], 1).numpy().astype("float32").tobytes())
PYTHON
        "$hls" import "$work/torch.pt" --input 1x1x11x11 -o "$work/torch.json"
        echo "BraggNN(s=1) traced to TorchScript and imported again; 100 random inputs, LibTorch's results (float32) as the truth. Distances"
        echo "over the two results."
        echo
        echo "| numbers | mean | median | 95 % | moved |"
        echo "| --- | --- | --- | --- | --- |"
        "$hls" accuracy "$work/torch.json" --samples "$work/torch.f32" --scale 1 --formats "5,11;5,4" | tail -n +2 |
            /usr/bin/python3 -c 'import csv, sys
for row in csv.reader(sys.stdin): print("|", " | ".join(row), "|")'
    else
        echo "Not measured: hls was built without LibTorch."
    fi
    echo
    echo "## The compiler's own memory"
    echo
    echo "BraggNN(s=1), resident when a phase ended:"
    echo
    sed -n '/resident$/p' "$work/bragg/report.txt" | sed 's/^/    /'
    echo
    echo "Under \`memo trace\`, by phase; *at peak* is what was live of each when the whole was at its peak:"
    echo
    build/bin/memo trace -o "$work/hls.memo" -- "$hls" compile "$bragg" >/dev/null 2>"$work/trace.log"
    build/bin/memo top "$work/hls.memo" 2>/dev/null | head -16 | sed 's/^/    /'
} >"$work/hls.md"
cp "$work/hls.md" "$results/hls.md"
cp "$work/bragg/schedule.svg" "$results/hls-braggnn.svg"
echo "$results/hls.md" >&2
