"""An ONNX net in OpenCV's dnn module, one inference a round: an ordinary program that knows nothing of us.

    dnn.py MODEL.onnx ROUNDS

Images of 224 x 224, batch 1, one thread. Prints one line that depends on every output.
"""

import sys

import cv2
import numpy

from rounds import Rounds, run_streams


def main() -> None:
    model, count = sys.argv[1], int(sys.argv[2])
    cv2.setNumThreads(1)
    net = cv2.dnn.readNetFromONNX(model)
    draw = numpy.random.default_rng(1)
    images = [draw.integers(0, 256, (224, 224, 3), dtype=numpy.uint8) for _ in range(8)]

    def stream(_: int, rounds: Rounds) -> float:
        total = 0.0
        for i in range(count):
            with rounds:
                net.setInput(cv2.dnn.blobFromImage(images[i % len(images)], 1 / 255))
                output = net.forward()
            total += float(numpy.abs(output).sum(dtype=float))
        return total

    print(f"output: {count} inferences, sum {run_streams(1, stream):.9e}")


main()
