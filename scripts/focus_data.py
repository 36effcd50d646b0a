# The real images of scripts/bench_focus.sh, blurred and cut into tiles: focus_data.py FOLDER WORK
#   WORK/whole/SET/SIGMA.png     the image, blurred
#   WORK/tiles/SET/SIGMA/NN.png  the same in tiles of 256 x 256
# A set NAME is an image blurred as it is, with its noise; NAME+noise has as much noise added again as the image has, since
# a lens out of focus does not blur the detector's noise.
import os
import sys

import numpy as np
from PIL import Image
from scipy import ndimage

SIGMAS = (0, 0.5, 1, 1.5, 2, 3, 4, 6)
TILE = 256
folder, work = sys.argv[1], sys.argv[2]


def noise_of(image):
    """Sigma of the noise, by the median of the second differences of second differences (Immerkaer)."""
    kernel = np.outer([1, -2, 1], [1, -2, 1])
    return float(np.median(np.abs(ndimage.convolve(image, kernel)))) / 0.6745 / 6


def save(pixels, path):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    Image.fromarray(np.clip(np.round(pixels), 0, 255).astype(np.uint8)).save(path)


for name in sorted(os.listdir(folder)):
    if not name.endswith(".bmp"):
        continue
    image = np.asarray(Image.open(f"{folder}/{name}").convert("L"), dtype=float)
    noise = noise_of(image)
    for sigma in SIGMAS:
        blurred = ndimage.gaussian_filter(image, sigma) if sigma else image
        again = np.random.default_rng(1).normal(0, noise, image.shape) if sigma else 0
        for suffix, pixels in (("", blurred), ("+noise", blurred + again)):
            kind = name[:-4] + suffix
            save(pixels, f"{work}/whole/{kind}/{sigma:g}.png")
            for i, y in enumerate(range(0, image.shape[0] - TILE + 1, TILE)):
                for j, x in enumerate(range(0, image.shape[1] - TILE + 1, TILE)):
                    save(pixels[y : y + TILE, x : x + TILE], f"{work}/tiles/{kind}/{sigma:g}/{i}{j}.png")
