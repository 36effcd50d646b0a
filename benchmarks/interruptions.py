"""How long the rounds of a PyTorch net are kept waiting: a net of nets.py on one thread, ROUNDS inferences after WARM_UP.

    interruptions.py NET WARM_UP ROUNDS

Prints JSON: for each round its milliseconds and the milliseconds of CPU time that its thread had of them. The difference is what
others had of the core meanwhile.
"""

import json
import sys
import time
import warnings

import torch

import nets


def main() -> None:
    net_name, warm_up, rounds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    warnings.filterwarnings("ignore")  # torchvision's, about arguments of its own nets
    torch.set_num_threads(1)
    net, inputs = nets.build(net_name), nets.inputs_of(net_name, 1)
    lengths = nets.lengths_of(net_name, warm_up + rounds, 0)
    figures = []
    with torch.no_grad():
        for i in range(warm_up + rounds):
            data = inputs[i % len(inputs)]
            if lengths is not None:
                data = data[:, : lengths[i]]
            cpu, wall = time.thread_time(), time.perf_counter()
            output = net(data)
            wall, cpu = time.perf_counter() - wall, time.thread_time() - cpu
            figures.append((round(wall * 1e3, 4), round(cpu * 1e3, 4)))
            del output
    print(json.dumps(figures[warm_up:]))


main()
