"""The tables of scripts/op_tags.sh: what share of an inference's bytes has an op tag, and whether the tags are those of the
framework's own profiler, op by op.

    op_tags_table.py MEMO FOLDER

FOLDER has, for each program, NAME.memo and, where its framework has a profiler, NAME.json: PyTorch's allocations as
op_tags_net.py writes them, or the profile of ONNX Runtime.
"""

import collections
import json
import statistics
import subprocess
import sys
from pathlib import Path

MARK = 7_654_321  # op_tags_net.py asks for as much between inferences
FROM_PYTORCH = "c10::alloc_cpu"  # the function that all memory of tensors comes through
NETS = {"eager": "PyTorch eager", "traced": "TorchScript, traced", "scripted": "TorchScript, scripted",
        "frozen": "TorchScript, frozen", "optimized": "TorchScript, optimize_for_inference (oneDNN prepacked)"}
MODELS = {"mobilenet": "MobileNetV2", "detector": "text detector (PP-OCRv4)", "vad": "voice activity (Silero)"}
MODES = {"off-off": "no arena, no memory pattern", "off-on": "no arena, memory pattern", "on-on": "arena, memory pattern"}
COSTS = {"TorchScript, MobileNetV2, `--scopes`": ("script-bare", "script-traced", "script-scopes"),
         "PyTorch eager, MobileNetV2, `--scopes`": ("eager-bare", "eager-traced", "eager-scopes"),
         "ONNX Runtime, voice activity (Silero)": ("nodes-bare", "nodes-traced", "nodes-named")}
WHOLE_RUN = ("ort::Run", "torchscript::forward", "cv::dnn::Net::")  # tags of an inference, of no one operator


def events(memo, trace):
    """The allocations of a trace, each with the functions of its call stack, innermost first, and the name of its innermost scope."""
    frames, sites, contexts = [], [], []
    export = subprocess.Popen([memo, "export", "-q", "--to", "jsonl", trace], stdout=subprocess.PIPE, text=True)
    for line in export.stdout:
        entry = json.loads(line)
        if entry["kind"] == "frame":
            frames.append(entry["function"])
        elif entry["kind"] == "site":
            sites.append([frames[frame] for frame in entry["frames"]])
        elif entry["kind"] == "context":
            contexts.append(entry["name"])
        elif entry["kind"] == "allocate":
            scope = None if entry["context"] is None else contexts[entry["context"]]
            yield entry["tag"], entry["size"], sites[entry["site"]], scope
    if export.wait() != 0:
        sys.exit(f"op_tags: {trace} could not be read")


def cpu_ms(file):
    return statistics.median(float(line.split()[1]) for line in file.read_text().splitlines())


def share_row(title, allocations):
    total = sum(size for _, size, *_ in allocations)
    tagged = sum(size for tag, size, *_ in allocations if tag)
    whole = sum(size for tag, size, *_ in allocations if tag and tag.startswith(WHOLE_RUN))
    print(f"| {title} | {total / 2**20:.2f} | {100 * (tagged - whole) / total:.2f} % | {100 * whole / total:.2f} % "
          f"| {100 * (total - tagged) / total:.2f} % |")


def last_inference(allocations):
    marks = [i for i, (_, size, *_) in enumerate(allocations) if size == MARK]
    if len(marks) != 4:
        sys.exit("op_tags: the trace does not hold three inferences")
    return allocations[marks[2] + 1:marks[3]]


def bytes_by(pairs):
    result = collections.Counter()
    for op, size in pairs:
        result[op] += size
    return result


def in_order(ours, theirs):
    """Bytes of the entries, operator and size, that both have in the same order: the longest common subsequence, by bytes."""
    sizes, known = set(ours), set(theirs)
    theirs = [entry for entry in theirs if entry in sizes]
    ours = [entry for entry in ours if entry in known]
    best = [0] * (len(ours) + 1)
    for op, size in theirs:
        before = 0
        for i, entry in enumerate(ours):
            above = best[i + 1]
            best[i + 1] = before + size if entry == (op, size) else max(above, best[i])
            before = above
    return best[-1]


def compare(ours, theirs):
    mine, other = bytes_by(ours), bytes_by(theirs)
    print("| operator | bytes, profiler | bytes, trace | |\n| --- | ---: | ---: | --- |")
    for op in sorted(mine | other, key=lambda op: -max(mine[op], other[op])):
        note = "same" if mine[op] == other[op] else f"{mine[op] - other[op]:+d}"
        print(f"| {op} | {other[op]} | {mine[op]} | {note} |")


def torch(memo, folder):
    rows, checks = [], []
    for name, title in NETS.items():
        allocations = last_inference(list(events(memo, folder / f"{name}.memo")))
        rows.append((title, allocations))
        tensors = [(tag or "", size) for tag, size, stack, _ in allocations if FROM_PYTORCH in stack[:3]]
        profiled = [(op or "", size) for op, size in json.loads((folder / f"{name}.json").read_text())]
        checks.append((title, tensors, profiled))
    return rows, checks


def kernel_of(op):
    return "ort::" + op.removeprefix("Nchwc")


def onnx(memo, folder):
    rows, checks = [], []
    for model, model_title in MODELS.items():
        for mode, mode_title in MODES.items():
            trace = folder / f"{model}-{mode}.memo"
            if not trace.exists():
                continue
            runs = [event for event in events(memo, trace) if any("libonnxruntime" in frame or "onnxruntime::" in frame
                                                                  or "OrtApi::" in frame for frame in event[2])]
            rows.append((f"ONNX Runtime, {model_title}, {mode_title}", runs))
            if mode != "off-off":
                continue
            profile = json.loads((folder / f"{model}.json").read_text())
            starts = sorted(event["ts"] for event in profile if event["name"] == "model_run")
            rounds = json.loads((folder / f"{model}-{mode}.rounds").read_text())["rounds"]
            nodes = sorted((event["ts"], event) for event in profile
                           if event.get("cat") == "Node" and event["name"].endswith("_kernel_time"))
            outputs = [(kernel_of(event["args"]["op_name"]), int(event["args"]["output_size"]))
                       for ts, event in nodes if ts >= starts[-1]]
            kernels = [("ort::" + tag[5:].removeprefix("Nchwc"), size) for tag, size, *_ in runs
                       if tag and tag.startswith("ort::") and tag not in WHOLE_RUN]
            of_nodes = [(scope.removeprefix("onnx::"), size) for _, size, _, scope in runs if scope]
            names = [(event["name"].removesuffix("_kernel_time"), int(event["args"]["output_size"]))
                     for ts, event in nodes if ts >= starts[-1]]
            checks.append((model_title, kernels[-(len(kernels) // rounds):], outputs, of_nodes, names))
    return rows, checks


def nodes(ours, theirs):
    """Whether the nodes that the profile lists, and whose outputs take memory, are scopes in the trace."""
    known = {name for name, _ in theirs}
    scopes = {name for name, _ in ours}
    blocks = set(ours)
    total = sum(size for _, size in theirs)
    found = sum(size for name, size in theirs if (name, size) in blocks)
    print(f"Nodes: {len(scopes & known)} of the {len(scopes)} scopes in the trace are nodes by the name that the profile has "
          f"({len(known)}); {100 * found / total:.2f} % of the profile's outputs, by bytes, are a block of that size in the scope of that "
          "node.\n")


def main():
    memo, folder = sys.argv[1], Path(sys.argv[2])
    net_rows, net_checks = torch(memo, folder)
    onnx_rows, onnx_checks = onnx(memo, folder)
    rows = net_rows + onnx_rows
    if (folder / "dnn.memo").exists():
        rows.append(("OpenCV dnn, MobileNetV2", list(events(memo, folder / "dnn.memo"))))

    print("## What is tagged\n\n| program | MiB | by operator | by the inference as a whole | untagged |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for title, allocations in rows:
        share_row(title, allocations)

    print("\n## What names of modules and nodes cost\n")
    print("CPU ms of an inference, median of three interleaved starts of 60 (Silero: 600).\n")
    print("| program | bare | traced | traced, with names | what names add |\n| --- | ---: | ---: | ---: | ---: |")
    for title, names in COSTS.items():
        if all((folder / f"{name}.cpu").exists() for name in names):
            bare, traced, named = (cpu_ms(folder / f"{name}.cpu") for name in names)
            print(f"| {title} | {bare:.2f} | {traced:.2f} | {named:.2f} | {100 * (named - traced) / traced:.1f} % |")

    print("\n## PyTorch, against torch.profiler\n")
    print("Allocations of one inference through `c10::alloc_cpu`, which is what the profiler sees, in order. Equal: the two lists "
          "have the same operators with the same sizes in the same order.\n")
    for title, ours, theirs in net_checks:
        total = sum(size for _, size in theirs)
        same = sum(size for (op, size), (other, length) in zip(ours, theirs) if op == other and size == length)
        equal = "equal" if ours == theirs else f"{100 * same / max(total, 1):.2f} % of its bytes the same, in order"
        print(f"### {title}: {len(theirs)} allocations in the profile, {len(ours)} in the trace: {equal}\n")
        compare(ours, theirs)
        print()

    print("## ONNX Runtime, against its own profiler\n")
    print("One inference without arena and memory pattern. The profiler has, for each operator that ran, how large its outputs were; the "
          "trace has what was allocated while it ran. An output that takes over the memory of another tensor is in the profile alone; a "
          "kernel's working memory, and the few hundred bytes around each output, are in the trace alone. Names are those of the "
          "kernels: GlobalAveragePool is one with AveragePool, FusedConv one with Conv. Nchwc is left off.\n")
    for title, ours, theirs, of_nodes, names in onnx_checks:
        known = {op for op, _ in theirs}
        of_known = sum(size for op, size in ours if op in known)
        total = sum(size for _, size in ours)
        found = in_order(ours, theirs)
        outputs = sum(size for _, size in theirs)
        print(f"{100 * found / total:.2f} % of the tagged bytes are outputs that the profile has, same operator, same size, in its "
              f"order; {100 * found / outputs:.2f} % of the profile's outputs are among them.\n")
        nodes(of_nodes, names)
        compare(ours, theirs)
        print()


main()
