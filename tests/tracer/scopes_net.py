"""Modules of PyTorch called in every way, for scopes_test.cpp: each asks for bytes of its own while it runs."""

import ctypes
import os
import signal
import threading

import torch
from torch import nn

libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.free.argtypes = [ctypes.c_void_p]


def ask(size):
    libc.free(libc.malloc(size))


class Asks(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.size = size

    def forward(self, x):
        ask(self.size)
        return x


class Raises(nn.Module):
    def forward(self, x):
        ask(7120003)
        raise ValueError("as it should")


class Yields(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = Asks(7120004)

    def forward(self, x):
        for _ in range(2):
            yield self.inner(x)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(Asks(7120001), nn.Sequential(nn.ReLU(), Asks(7120002)))
        self.raises = Raises()
        self.yields = Yields()

    def forward(self, x):
        try:
            self.raises(x)
        except ValueError:
            ask(7120005)
        for _ in self.yields(self.features(x)):
            ask(7120006)
        Asks(7120007)(x)  # of no one's
        return x


class Scripted(nn.Module):
    def __init__(self):
        super().__init__()
        self.convolution = nn.Conv2d(3, 5, 1)

    def forward(self, x):
        return self.convolution(x)


def main():
    os.kill(os.getpid(), signal.SIGUSR2)
    x = torch.zeros(1, 3, 101, 101)
    with torch.no_grad():
        net = Net()
        net(x)
        thread = threading.Thread(target=net.features, args=(x,))
        thread.start()
        thread.join()
        for pending in net.yields(x):  # begins where no module is called any more
            ask(7120008)
        net.added = Asks(7120009)
        net.forward = lambda x: net.added(x)
        net(x)
        scripted = torch.jit.script(Scripted())
        for _ in range(3):
            scripted(x)
        Scripted()(x)
        ask(7120010)
        torch.fx.symbolic_trace(nn.Sequential(nn.ReLU()))
        torch.jit.trace(Scripted(), x[:, :, :7])
    del net.features
    try:
        Raises()(x)
    except ValueError:
        print("done")


main()
