"""A server whose shapes hardly ever repeat: MobileNetV2 from torchvision, eager, another batch and image size a request.

    varied.py REQUESTS THREADS

THREADS client threads send REQUESTS requests each: 1 to 4 images (mostly 1) with a side of 128 to 512 pixels, a
multiple of 32; which ones is drawn from a seed of the thread's own, so that every run sees the same requests. Prints
one line that depends on every output. An ordinary inference program that knows nothing of us.
"""

import random
import sys

import torch

import nets
from rounds import Rounds, run_streams

BATCHES = (1, 2, 3, 4)
BATCH_WEIGHTS = (7, 1, 1, 1)
SIDES = range(128, 513, 32)


def main() -> None:
    requests, threads = int(sys.argv[1]), int(sys.argv[2])
    torch.set_num_threads(1)
    net = nets.build("mobilenet_v2")
    images = torch.rand(BATCHES[-1], 3, SIDES[-1], SIDES[-1])

    def client(number: int, rounds: Rounds) -> float:
        draw = random.Random(number)
        total = 0.0
        with torch.no_grad():
            for _ in range(requests):
                batch = draw.choices(BATCHES, BATCH_WEIGHTS)[0]
                side = draw.choice(SIDES)
                with rounds:
                    request = images[:batch, :, :side, :side].contiguous()
                    total += float(net(request).abs().sum())
                    del request
        return total

    total = run_streams(threads, client)
    print(f"output: {threads} threads, {requests} requests each, sum {total:.9e}")


main()
