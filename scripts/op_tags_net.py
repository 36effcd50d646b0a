"""Inferences of MobileNetV2 in PyTorch, recorded by the tracer or by PyTorch's own profiler (scripts/op_tags.sh).

    op_tags_net.py eager|traced|scripted|frozen|optimized [PROFILE.json]

After six inferences the tracer is switched on by SIGUSR2, if MEMO_TRACE_SIGNAL says that it listens. Three more follow,
each between two requests of MARK bytes, and it is switched off. With PROFILE.json the last inference runs under the
profiler instead, and the file gets each allocation that it saw, in order: the outermost operator around it, and its bytes.
"""

import ctypes
import json
import os
import signal
import sys

import torch
import torchvision
from torch.profiler import ProfilerActivity, profile

MARK = 7_654_321  # op_tags_table.py looks for it
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.free.argtypes = [ctypes.c_void_p]


def build(mode, image):
    torch.manual_seed(0)
    net = torchvision.models.mobilenet_v2().eval()
    if mode == "eager":
        return net
    module = torch.jit.script(net) if mode == "scripted" else torch.jit.trace(net, image)
    if mode == "frozen":
        return torch.jit.freeze(module.eval())
    return torch.jit.optimize_for_inference(module.eval()) if mode == "optimized" else module


def allocations(profiler):
    """What PyTorch saw: a tree of operators with allocations (and frees, below zero) as leaves."""
    found = []

    def visit(event, outermost):
        size = getattr(event.extra_fields, "alloc_size", 0)
        if size > 0:
            found.append([outermost, size])
        if outermost is None and event.name.split("::")[0] not in ("[memory]", "forward"):
            outermost = event.name
        for child in event.children:
            visit(child, outermost)

    for root in profiler.profiler.kineto_results.experimental_event_tree():
        visit(root, None)
    return found


def main():
    mode = sys.argv[1]
    torch.set_num_threads(1)
    image = torch.rand(1, 3, 224, 224)
    with torch.no_grad():
        net = build(mode, image)
        for _ in range(6):
            net(image)
        if len(sys.argv) > 2:
            with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiler:
                net(image)
            with open(sys.argv[2], "w", encoding="ascii") as file:
                json.dump(allocations(profiler), file)
            return
        traced = "MEMO_TRACE_SIGNAL" in os.environ
        if traced:
            os.kill(os.getpid(), signal.SIGUSR2)
        for _ in range(3):
            libc.free(libc.malloc(MARK))
            net(image)
        libc.free(libc.malloc(MARK))
        if traced:
            os.kill(os.getpid(), signal.SIGUSR2)


main()
