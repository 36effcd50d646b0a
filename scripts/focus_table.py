# The tables of results/focus.md from what scripts/bench_focus.sh left in its folder: focus_table.py WORK
import glob
import json
import os
import statistics
import sys

work = sys.argv[1]
THRESHOLDS = ("0.02", "0.03", "0.04", "0.05", "0.1")
DEFAULT = "0.04"
others = json.load(open(f"{work}/others.json"))


def scores(backend, threshold=DEFAULT):
    values = {}
    for path in glob.glob(f"{work}/{backend}.{threshold}.*.json"):
        for image in json.load(open(path))["images"]:
            values[os.path.relpath(image["image"], work)] = image["features"]
    return values


METHODS = {"focus pyramid": scores("pyramid"), "focus fft": scores("fft"), **others["values"]}
SETS = sorted(os.listdir(f"{work}/tiles"), key=lambda name: (name.startswith("generated"), name))
SIGMAS = ("0", "0.5", "1", "1.5", "2", "3", "4", "6")


def tiles(values, kind, sigma):
    prefix = f"tiles/{kind}/{sigma}/"
    return [value for path, value in values.items() if path.startswith(prefix)]


def auc(sharp, blurred):
    """The share of pairs in which the sharp one has more; ties count half."""
    pairs = [(a > b) + 0.5 * (a == b) for a in sharp for b in blurred]
    return sum(pairs) / len(pairs) if pairs else float("nan")


def source(kind):
    """Sharp tiles are the same with and without added noise."""
    return kind.replace("+noise", "")


def table(head, rows):
    print("| " + " | ".join(head) + " |")
    print("| --- |" + " ---: |" * (len(head) - 1))
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print()


real = [kind for kind in SETS if not kind.startswith("generated")]
if real:
    print("Real images: a pair of scanning electron micrographs, 1024 × 768, of which `base` was taken 13 µm off and `plus5um`")
    print("about 8 µm off the working distance: both are out of focus before they are blurred.")
else:
    print("Real images were not there (MEMO_DATA_DIR/focus): all figures are of generated ones.")
print("Generated images: `focus generate`, where noise is added after the blur. `+noise`: a real image, blurred, to which as much")
print("noise was added as it has. Others' measures are of the pixels as they are read.\n")

print("## Under blur: the score of whole images, as a share of the sharp one's\n")
for kind in sorted(os.listdir(f"{work}/whole"), key=lambda name: (name.startswith("generated"), name)):
    rows = []
    for name, values in METHODS.items():
        of = [values.get(f"whole/{kind}/{sigma}.png") for sigma in SIGMAS]
        if None in of:
            continue
        falls = all(a > b for a, b in zip(of, of[1:]))
        rows.append([name] + [f"{value / of[0]:.3f}" for value in of] + ["yes" if falls else "**no**"])
    print(f"{kind}\n")
    table(["sigma"] + list(SIGMAS) + ["falls throughout"], rows)

print("## Sharp against blurred tiles of 256 × 256 (generated-512: 512 × 512): area under the ROC curve\n")
print("1: every sharp tile scores more than every blurred one, whatever they show. Asked: at least 0.99 from sigma 1 on.\n")
for kind in SETS:
    rows = []
    for name, values in METHODS.items():
        sharp = tiles(values, source(kind), "0")
        rows.append([name] + [f"{auc(sharp, tiles(values, kind, sigma)):.3f}" for sigma in SIGMAS[1:]])
    print(f"{kind}, {len(tiles(METHODS['focus pyramid'], source(kind), '0'))} tiles\n")
    table(["sigma"] + list(SIGMAS[1:]), rows)

pair = ("whole/deepfocus_base/0.png", "whole/deepfocus_plus5um/0.png")
if real and all(path in METHODS["focus pyramid"] for path in pair):
    print("## The real pair: the score of plus5um, the sharper one, over that of base\n")
    rows = []
    for name, values in METHODS.items():
        ratio = values[pair[1]] / values[pair[0]]
        rows.append([name, f"{ratio:.2f}", "yes" if ratio > 1 else "**no**"])
    table(["method", "ratio", "right order"], rows)

print("## The threshold\n")
print(f"The paper gives none on this scale. The default, {DEFAULT}, was chosen by this table, with these images:\n")
rows = []
for threshold in THRESHOLDS:
    values = scores("pyramid", threshold)
    row = [threshold]
    if real:
        row.append(f"{values[pair[1]] / values[pair[0]]:.2f}")
    row += [f"{auc(tiles(values, source(kind), '0'), tiles(values, kind, '1')):.3f}" for kind in SETS]
    rows.append(row)
table(["threshold"] + (["pair"] if real else []) + [f"AUC at 1, {kind}" for kind in SETS], rows)

print("## Time of an image of 1024 × 1024, one core\n")
print("Median; `prepare` is crop, scaling (none here) and stretch. Reading a PNG is not in the sum, since cameras do not give PNG.")
print("Asked: less than 20 ms. Wall time of a process that has the machine for itself, if it has; `CPU` is the")
print("processor time of everything, with reading a raw file, which other processes do not lengthen much.\n")
rows = []
for backend in ("pyramid", "fft"):
    images = [i for path in glob.glob(f"{work}/timing.{backend}.*.json") for i in json.load(open(path))["images"]]

    def of(key):
        return statistics.median(i[key] for i in images)

    # The first image of a start makes the back end.
    raw = [float(line.split()[1]) for path in glob.glob(f"{work}/raw.{backend}.*.ms") for line in list(open(path))[1:]]
    cpu = statistics.median(raw)
    whole = sorted(i["preparation_ms"] + i["features_ms"] for i in images)
    rows.append(
        [f"focus {backend}", f"{cpu:.1f}", f"{of('read_ms'):.1f}", f"{of('preparation_ms'):.1f}", f"{of('features_ms'):.1f}",
         f"{statistics.median(whole):.1f}", f"{whole[int(0.99 * (len(whole) - 1))]:.1f}", str(len(images))]
    )  # fmt: skip
for name, ms in others["ms"].items():
    rows.append([name, "", "", "", "", f"{ms:.1f}", "", ""])
table(["method", "CPU", "read PNG", "prepare", "features", "sum p50", "sum p99", "images"], rows)

print("## focus watch: from an image's arrival to its row in the CSV\n")
print("PNG of 1024 × 1024, copied into the folder at the rate given; reading is in it.\n\n```")
print(open(f"{work}/watch.txt").read().strip())
print("```\n")
if os.path.exists(f"{work}/ranks.txt"):
    print("## Ranks\n\nSeconds for the same images under `mpirun -n N focus score`, with what starting takes.\n")
    table(["ranks", "images", "s"], [line.split() for line in open(f"{work}/ranks.txt")])
