# One detector on one image file, with one thread: called by scripts/bench_dog.sh for each row of results/dog.md.
#   dog_others.py METHOD IMAGE.png REPEATS   prints {"ms": [...], "blobs": [[x, y, r], ...]}
# All look for the scales that `dog` looks for: sigma 2.5 to 23. Reading the image is not timed.
import json
import os
import sys
import time

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[variable] = "1"
import numpy as np

LOW, HIGH, BINS = 2.5, 23.0, 50
method, path, repeats = sys.argv[1], sys.argv[2], int(sys.argv[3])


def prepared(image):
    """The paper's smoothing and contrast stretch, for methods that have none of their own."""
    from scipy import ndimage

    smooth = ndimage.gaussian_filter(image, 1.0, truncate=5)
    low, high = np.quantile(smooth, [0.00175, 1 - 0.00175])
    return np.clip((smooth - low) / (high - low), 0, 1).astype(np.float32)


def scipy_dog(image):
    from scipy import ndimage
    from skimage.feature.blob import _prune_blobs

    image = prepared(image)
    sigmas = np.linspace(LOW, HIGH, BINS + 1)
    blurred = [ndimage.gaussian_filter(image, s, truncate=5) for s in sigmas]
    cube = np.stack([s * (a - b) for s, a, b in zip(sigmas, blurred, blurred[1:])])
    top = (cube == ndimage.maximum_filter(cube, size=3)) & (cube > 0.1)
    found = np.argwhere(top[1:-1]) + [1, 0, 0]
    blobs = np.array([[y, x, sigmas[i]] for i, y, x in found], dtype=float).reshape(-1, 3)
    return _prune_blobs(blobs, 0.5) if len(blobs) else blobs


def blob_dog(image, ratio):
    from skimage.feature import blob_dog as skimage_dog

    return skimage_dog(prepared(image), min_sigma=LOW, max_sigma=HIGH, sigma_ratio=ratio, threshold=0.25)


def blob_log(image, bins):
    from skimage.feature import blob_log as skimage_log

    return skimage_log(prepared(image), min_sigma=LOW, max_sigma=HIGH, num_sigma=bins, threshold=0.25)


def simple_blob(image):
    import cv2

    parameters = cv2.SimpleBlobDetector_Params()
    parameters.filterByColor, parameters.blobColor = True, 255
    parameters.filterByArea, parameters.minArea, parameters.maxArea = True, 40, 4000
    parameters.filterByCircularity = parameters.filterByConvexity = parameters.filterByInertia = False
    keypoints = cv2.SimpleBlobDetector_create(parameters).detect(image)
    return np.array([[k.pt[1], k.pt[0], k.size / 2 / 2**0.5] for k in keypoints], dtype=float).reshape(-1, 3)


METHODS = {
    "scipy-dog-50": scipy_dog,
    "blob_dog-1.6": lambda image: blob_dog(image, 1.6),
    # as many slices between the same sigmas
    "blob_dog-50": lambda image: blob_dog(image, (HIGH / LOW) ** (1 / BINS)),
    "blob_log-10": lambda image: blob_log(image, 10),
    "blob_log-50": lambda image: blob_log(image, BINS),
    "SimpleBlobDetector": simple_blob,
}

import cv2

cv2.setNumThreads(1)
image = cv2.imread(path, cv2.IMREAD_GRAYSCALE)
if method != "SimpleBlobDetector":
    image = image.astype(np.float32) / 255
times = []
for _ in range(repeats):
    begin = time.perf_counter()
    blobs = METHODS[method](image)
    times.append((time.perf_counter() - begin) * 1e3)
print(json.dumps({"ms": times, "blobs": [[x, y, s * 2**0.5] for y, x, s in blobs[:, :3].tolist()]}))
