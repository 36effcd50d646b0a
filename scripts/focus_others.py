# Other measures of focus, for scripts/bench_focus.sh, with one thread: focus_others.py WORK >WORK/others.json
# Of every image of WORK/whole and WORK/tiles as it is read, and the times for WORK/timing's. Reading is not timed.
import glob
import json
import os
import statistics
import sys
import time

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[variable] = "1"
import cv2
import numpy as np

cv2.setNumThreads(1)


def tenengrad(image):
    across = cv2.Sobel(image, cv2.CV_32F, 1, 0)
    down = cv2.Sobel(image, cv2.CV_32F, 0, 1)
    return float(np.mean(across * across + down * down))


def variance_of_laplacian(image):
    return float(cv2.Laplacian(image, cv2.CV_32F).var())


def fft_energy(image):
    """The share of the power, but for the mean's, above an eighth of a cycle a pixel."""
    power = np.abs(np.fft.rfft2(image - image.mean())) ** 2
    rows = np.fft.fftfreq(image.shape[0])[:, None]
    columns = np.fft.rfftfreq(image.shape[1])[None, :]
    return float(power[rows * rows + columns * columns > 1 / 64].sum() / power.sum())


MEASURES = {"Tenengrad": tenengrad, "variance of Laplacian": variance_of_laplacian, "FFT energy": fft_energy}

work = sys.argv[1]
values = {name: {} for name in MEASURES}
for path in glob.glob(f"{work}/whole/*/*.png") + glob.glob(f"{work}/tiles/*/*/*.png"):
    image = cv2.imread(path, cv2.IMREAD_GRAYSCALE).astype(np.float32) / 255
    for name, measure in MEASURES.items():
        values[name][os.path.relpath(path, work)] = measure(image)
times = {}
for name, measure in MEASURES.items():
    taken = []
    for path in glob.glob(f"{work}/timing/*.png") * 3:
        image = cv2.imread(path, cv2.IMREAD_GRAYSCALE).astype(np.float32) / 255
        begin = time.perf_counter()
        measure(image)
        taken.append((time.perf_counter() - begin) * 1e3)
    times[name] = statistics.median(taken)
json.dump({"values": values, "ms": times}, sys.stdout)
