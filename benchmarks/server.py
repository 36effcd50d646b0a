"""An image service of the ordinary kind, with the ordinary mistakes: the example of docs/tutorial.md.

    python3 benchmarks/server.py [--requests N] [--history all|N] [--float32] [--route]

Three workers classify images of three sizes with a small convolutional network. As it comes, the service keeps the feature map
of every request for a page that shows the latest ones (--history 8 keeps as many as the page shows), normalises images in double
precision (--float32 does not), and lets any worker take any size (--route gives each worker a size of its own).
Prints what it served, how much memory the process took at most, and a sum that depends on every answer.
"""

import argparse
import collections
import queue
import resource
import threading

import torch

SIZES = (448, 640, 896)


class Model(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = torch.nn.Conv2d(3, 16, 3, stride=2, padding=1)
        self.body = torch.nn.Sequential(
            torch.nn.ReLU(), torch.nn.Conv2d(16, 16, 3, stride=2, padding=1),
            torch.nn.ReLU(), torch.nn.Conv2d(16, 32, 3, stride=2, padding=1),
            torch.nn.ReLU(), torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(), torch.nn.Linear(32, 10))


class Service:
    def __init__(self, options: argparse.Namespace) -> None:
        self.model = Model().eval()
        self.float32 = options.float32
        self.history = collections.deque(maxlen=None if options.history == "all" else int(options.history))
        self.total = 0.0
        self.lock = threading.Lock()

    def normalised(self, image: torch.Tensor) -> torch.Tensor:
        if self.float32:
            return (image.to(torch.float32) / 255).unsqueeze(0)
        return (image.to(torch.float64) / 255).to(torch.float32).unsqueeze(0)

    def answer(self, image: torch.Tensor) -> None:
        with torch.no_grad():
            features = self.model.stem(self.normalised(image))
            scores = self.model.body(features)
        with self.lock:
            self.history.append(features)
            self.total += float(scores.abs().sum())


def work(service: Service, requests: queue.Queue) -> None:
    while (image := requests.get()) is not None:
        service.answer(image)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--requests", type=int, default=510)
    parser.add_argument("--history", default="all")
    parser.add_argument("--float32", action="store_true")
    parser.add_argument("--route", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    service = Service(options)
    images = [torch.randint(0, 256, (3, size, size), dtype=torch.uint8) for size in SIZES]
    queues = [queue.Queue() for _ in SIZES]
    workers = [threading.Thread(target=work, args=(service, requests), name=f"worker-{i}")
               for i, requests in enumerate(queues)]
    # As if they came from clients: each size as often as the others, in no order.
    order = torch.randperm(options.requests).tolist()
    for turn, number in enumerate(order):
        kind = number % len(SIZES)
        queues[kind if options.route else turn % len(queues)].put(images[kind])
    for requests in queues:
        requests.put(None)
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    usage = resource.getrusage(resource.RUSAGE_SELF)
    print(f"{options.requests} requests served; at most {usage.ru_maxrss / 1024:.0f} MiB, "
          f"{usage.ru_minflt} page faults; sum {service.total:.4f}")


main()
