"""A PyTorch net in eager mode, one inference a round: an ordinary inference program that knows nothing of us.

    eager.py NET ROUNDS [--batch N] [--streams N] [--own]

Streams are threads of one process that share the net and run at once, ROUNDS inferences each, one intra-op thread a
stream. With --own the CPU time and faults of a round are its thread's, not the process's, if there is one stream too.
Prints one line that depends on every output.
"""

import argparse
import warnings

import torch

import nets
from rounds import Rounds, run_streams


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("net", choices=nets.NAMES)
    parser.add_argument("rounds", type=int)
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--streams", type=int, default=1)
    parser.add_argument("--own", action="store_true")
    options = parser.parse_args()
    warnings.filterwarnings("ignore")  # torchvision's, about arguments of its own nets
    torch.set_num_threads(1)
    net = nets.build(options.net)
    inputs = nets.inputs_of(options.net, options.batch)

    def stream(number: int, rounds: Rounds) -> float:
        lengths = nets.lengths_of(options.net, options.rounds, number)
        total = 0.0
        with torch.no_grad():
            for i in range(options.rounds):
                data = inputs[(number + i) % len(inputs)]
                if lengths is not None:
                    data = data[:, : lengths[i]]
                with rounds:
                    output = net(data)
                total += nets.total_of(output)
                del output
        return total

    total = run_streams(options.streams, stream, alone=not options.own)
    print(f"output: {options.net}, {options.streams} x {options.rounds} inferences, sum {total:.9e}")


main()
