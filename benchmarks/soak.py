"""A server with everything at once, for hours: an ordinary program that knows nothing of us. Ends at SIGTERM.

    soak.py

One thread alternates between two nets, in stretches of random length; one sends MobileNetV2 other shapes with every
request; two more are clients that come, make a few requests and go. One activation layer in a hundred allocates a block
more, one a block less; one client in ten dies in the middle of a round, and what it held is dropped later, by another
thread. Results are kept for a while. Children are forked now and then, allocate and end. After a round each thread rests as
long as the round took.

Every output is compared, bit by bit, with the first one of the same net and input. Prints its process id first, and one
line at the end: `output: N rounds, ...`. Everything is drawn from seeds, but the threads' order is the system's.
"""

import collections
import hashlib
import os
import random
import signal
import threading
import time
import warnings

import torch

import nets

SLIP = 0.01  # how often a layer allocates one block more, and how often one less
DEATH = 0.1  # of a client, in the middle of its last round
ALTERNATING = ("mobilenet_v2", "transformer")
CLIENT_NET = "lraspp_mobilenet_v3_large"
CLIENTS = 2
CLIENT_ROUNDS = (5, 40)
SIDES = range(128, 321, 32)
KEPT, KEPT_SECONDS = 64, 20  # results at most, and how long at most
FORK_SECONDS, CHILD_SECONDS = (5, 25), 30
LONGEST_REST = 1  # seconds: a round in which the whole process was stopped is no reason to rest

ending = threading.Event()
here = threading.local()  # draw: the thread's generator; dies_at: layers until it dies; held: what it keeps while in a round
counts = collections.Counter()  # under `lock`, as are the two below
lock = threading.Lock()
first_outputs: dict[tuple, bytes] = {}
kept: list[tuple] = []


class Death(Exception):
    """The end of a thread in the middle of a round."""


def slip(layer: torch.nn.Module, _: object) -> None:
    """Before an activation layer: mostly nothing."""
    draw = here.draw
    layer.inplace = draw.random() < SLIP
    if draw.random() < SLIP:
        here.held.append(torch.empty(draw.randint(1 << 10, 1 << 18)))
    here.dies_at -= 1
    if here.dies_at == 0:
        here.held.append(torch.empty(1 << 16))
        raise Death


def build(name: str) -> torch.nn.Module:
    net = nets.build(name)
    for layer in net.modules():
        if hasattr(layer, "inplace") and not isinstance(layer, torch.nn.Dropout):
            layer.register_forward_pre_hook(slip)
    return net


def tensors_of(output: object) -> list:
    if isinstance(output, torch.Tensor):
        return [output]
    return [tensor for part in output.values() for tensor in tensors_of(part)]


def serve(net: torch.nn.Module, key: tuple, data: torch.Tensor) -> None:
    """One round: the output is compared, and now and then kept."""
    since = time.monotonic()
    with torch.no_grad():
        output = tensors_of(net(data))
    digest = hashlib.sha256(b"".join(tensor.numpy().tobytes() for tensor in output)).digest()
    with lock:
        counts["rounds"] += 1
        if first_outputs.setdefault(key, digest) != digest:
            counts["other outputs"] += 1
        if here.draw.random() < 0.2:
            kept.append((since + here.draw.random() * KEPT_SECONDS, output))
            if len(kept) > KEPT:
                kept.pop(0)
    here.held.clear()
    ending.wait(min(time.monotonic() - since, LONGEST_REST))


def begin(seed: int, dies_at: int = 0) -> None:
    here.draw, here.dies_at, here.held = random.Random(seed), dies_at, []


def alternate(models: dict, inputs: dict) -> None:
    begin(1)
    while not ending.is_set():
        name = here.draw.choice(ALTERNATING)
        for _ in range(here.draw.randint(1, 20)):
            which = here.draw.randrange(nets.INPUTS)
            serve(models[name], (name, which), inputs[name][which])


def vary(net: torch.nn.Module) -> None:
    begin(2)
    torch.manual_seed(2)
    images = torch.rand(2, 3, SIDES[-1], SIDES[-1])
    while not ending.is_set():
        batch, side = here.draw.choice((1, 1, 1, 2)), here.draw.choice(SIDES)
        serve(net, ("varied", batch, side), images[:batch, :, :side, :side].contiguous())


def visit(net: torch.nn.Module, inputs: list, seed: int) -> None:
    """One client, from its first request to its end."""
    begin(seed)
    rounds = here.draw.randint(*CLIENT_ROUNDS)
    dies = here.draw.random() < DEATH
    for number in range(rounds):
        if ending.is_set():
            return
        if dies and number == rounds - 1:
            here.dies_at = here.draw.randint(2, 20)
        which = here.draw.randrange(nets.INPUTS)
        try:
            serve(net, ("client", which), inputs[which])
        except Death:
            with lock:
                counts["deaths"] += 1
                kept.append((time.monotonic() + KEPT_SECONDS, here.held))
            return


def receive(net: torch.nn.Module, inputs: list, number: int) -> None:
    """Clients one after the other, each a thread of its own."""
    seed = 1000 + number
    while not ending.is_set():
        client = threading.Thread(target=visit, args=(net, inputs, seed))
        client.start()
        client.join()
        seed += CLIENTS
        with lock:
            counts["clients"] += 1


def fork_one() -> None:
    """A child that allocates and frees, of its parent's blocks too. No convolutions: oneDNN's locks may be held."""
    child = os.fork()
    if child == 0:
        kept.clear()
        for size in (1 << 12, 1 << 16, 1 << 20, 1 << 22):
            block = torch.zeros(size)
            block.add_(1)
            if float(block.sum()) != size:
                os._exit(1)
        os._exit(0)
    late = time.monotonic() + CHILD_SECONDS
    done, status = 0, 0
    while done == 0 and time.monotonic() < late:
        time.sleep(0.05)
        done, status = os.waitpid(child, os.WNOHANG)
    if done == 0:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    with lock:
        counts["children"] += 1
        counts["children that failed"] += done == 0 or status != 0


def drop_old() -> None:
    now = time.monotonic()
    with lock:
        kept[:] = [entry for entry in kept if entry[0] > now]


def main() -> None:
    print(f"process: {os.getpid()}", flush=True)
    signal.signal(signal.SIGTERM, lambda *_: ending.set())
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    models = {name: build(name) for name in (*ALTERNATING, CLIENT_NET)}
    inputs = {name: nets.inputs_of(name, 1) for name in models}
    client = models[CLIENT_NET], inputs[CLIENT_NET]
    threads = [threading.Thread(target=alternate, args=(models, inputs)),
               threading.Thread(target=vary, args=(models["mobilenet_v2"],)),
               *(threading.Thread(target=receive, args=(*client, number)) for number in range(CLIENTS))]
    for thread in threads:
        thread.start()
    draw = random.Random(3)
    next_fork = time.monotonic() + draw.randint(*FORK_SECONDS)
    while not ending.wait(1):
        drop_old()
        if time.monotonic() > next_fork:
            fork_one()
            next_fork = time.monotonic() + draw.randint(*FORK_SECONDS)
    for thread in threads:
        thread.join()
    print("output: " + ", ".join(f"{counts[what]} {what}" for what in (
        "rounds", "other outputs", "clients", "deaths", "children", "children that failed")))


main()
