# The tables of results/dog.md from what scripts/bench_dog.sh left in its folder: dog_table.py FOLDER STARTS.
import csv
import glob
import json
import math
import os
import statistics
import sys

work, starts = sys.argv[1], int(sys.argv[2])
OURS = [f"dog-{b}-{r}" for b in ("pyramid", "recursive", "fft", "direct") for r in ("refined", "paper")]
OTHERS = ["blob_dog-1.6", "blob_dog-50", "blob_log-10", "blob_log-50", "scipy-dog-50", "SimpleBlobDetector"]


def truth_of(image):
    return read_truth(f"{work}/{image}.truth.csv")


def read_truth(path):
    with open(path) as file:
        return [(float(r["x"]), float(r["y"]), float(r["radius"])) for r in csv.DictReader(file)]


def run(image, method):
    """Times in ms of all runs, and the blobs of one."""
    times, blobs = [], []
    for path in glob.glob(f"{work}/{image}.{method}.*.out"):
        result = json.load(open(path))
        times += result["ms"]
        blobs = result["blobs"]
    for path in glob.glob(f"{work}/{image}.{method}.*.ms"):
        # The first image of a start makes the back end. Reading the PNG is in these times, and not in the others'.
        times += [float(line.split()[0]) for line in open(path)][1:]
        result = json.load(open(path[:-2] + "json"))
        blobs = [[d["x"], d["y"], d["radius"]] for d in result["images"][-1]["detections"]]
    return times, blobs


def score(blobs, truth):
    """A detection is right within half a radius of a droplet, and with a radius within half; each serves once."""
    used, errors = set(), []
    for x, y, r in truth:
        near = [
            (math.hypot(b[0] - x, b[1] - y), i, abs(b[2] - r) / r)
            for i, b in enumerate(blobs)
            if i not in used and math.hypot(b[0] - x, b[1] - y) < r / 2 and abs(b[2] - r) <= r / 2
        ]
        if near:
            _, i, error = min(near)
            used.add(i)
            errors.append(error)
    mean = statistics.mean(errors) if errors else float("nan")
    return len(errors) / len(truth), len(errors) / max(len(blobs), 1), mean


print(
    f"""1000 × 1000 pixels, 8-bit PNG, one thread each; {starts} rounds through all methods, interleaved; ms are the median. Of `dog`
they include reading the PNG, of the others not. A detection is right if it lies within half a radius of a droplet and its
radius within half; the radius error is the mean over those. `dog` has 50 bins, sigma 2.5–23, threshold 0.1, and either the
refined or the paper's radius (docs/dog.md); a `-50` of another method has as many. What another method takes to smooth and
stretch, as the paper does first, is in its time. Others' thresholds were set once for these images, not for each.
"""
)
for line in open(f"{work}/images.tsv"):
    image, title = line.rstrip("\n").split("\t")
    truth = truth_of(image)
    print(f"## {title}\n\n| method | ms | against dog-pyramid | recall | precision | radius error |\n| --- | ---: | ---: | ---: | ---: | ---: |")
    reference = statistics.median(run(image, "dog-pyramid-refined")[0])
    for method in OURS + OTHERS:
        times, blobs = run(image, method)
        ms = statistics.median(times)
        recall, precision, error = score(blobs, truth)
        print(f"| {method} | {ms:.1f} | {ms / reference:.1f} × | {recall:.3f} | {precision:.3f} | {100 * error:.1f} % |")
    print()

print("""## Twenty images of each kind

Other seeds, looked at by `dog --backend pyramid` alone: mean, and least–most of an image.

| | recall | precision | radius error |
| --- | ---: | ---: | ---: |""")
for line in open(f"{work}/images.tsv"):
    image, title = line.rstrip("\n").split("\t")
    folder = f"{work}/many/{image}"
    if not os.path.isdir(folder):
        continue
    scores = []
    for result in json.load(open(f"{folder}.json"))["images"]:
        blobs = [[d["x"], d["y"], d["radius"]] for d in result["detections"]]
        stem = os.path.splitext(os.path.basename(result["image"]))[0]
        scores.append(score(blobs, read_truth(f"{folder}/{stem}.truth.csv")))
    recalls, precisions, errors = zip(*scores)
    spread = lambda values: f"{statistics.mean(values):.3f} ({min(values):.3f}–{max(values):.3f})"
    print(f"| {title} | {spread(recalls)} | {spread(precisions)} | {100 * statistics.mean(errors):.1f} % |")
