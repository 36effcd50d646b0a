#!/usr/bin/env python3
"""Trains a network description of `hls net` with PyTorch, and writes it back with its weights.

    hls_train.py NETWORK.json SAMPLES.f32 OUT.json [--targets N] [--epochs N] [--torchscript OUT.pt]

Rows of SAMPLES are float32: a sample's numbers, then its targets (one label, or the coordinates wanted). With
--round F, weights and activations are rounded to F fraction bits while training (straight-through), so that
the network gets used to coarse numbers. One thread, fixed seeds: the same command gives the same weights.
"""
import argparse
import json
import math

import torch
from torch import nn
from torch.nn import functional


def rounded(x, bits):
    """To `bits` fraction bits of a float, as if it were the identity for gradients."""
    if bits is None:
        return x
    with torch.no_grad():
        mantissa, exponent = torch.frexp(x)
        near = torch.ldexp(torch.round(mantissa * 2 ** (bits + 1)) / 2 ** (bits + 1), exponent)
        step = near - x
    return x + step


class Described(nn.Module):
    """A network description as a module: one branch an operator."""

    def __init__(self, network, bits=None):
        super().__init__()
        self.network = network
        self.bits = bits
        self.weights = nn.ParameterList()
        self.biases = nn.ParameterList()
        for layer in network["layers"]:
            weight = layer.get("weight")
            if isinstance(weight, dict):
                weight = torch.tensor(weight["data"]).reshape(weight["shape"])
            elif weight is not None:
                weight = torch.tensor(weight)
            self.weights.append(nn.Parameter(weight if weight is not None else torch.empty(0)))
            self.biases.append(nn.Parameter(torch.tensor(layer.get("bias", []))))

    def forward(self, x):
        values = {"input": rounded(x, self.bits)}
        for k, layer in enumerate(self.network["layers"]):
            a = values[layer["inputs"][0]]
            b = values[layer["inputs"][1]] if len(layer["inputs"]) > 1 else None
            weight = rounded(self.weights[k], self.bits)
            bias = rounded(self.biases[k], self.bits) if len(self.biases[k]) > 0 else None
            values[layer["name"]] = rounded(self.apply_layer(layer, a, b, weight, bias), self.bits)
        return values[self.network["output"]]

    @staticmethod
    def apply_layer(layer, a, b, weight, bias):
        op = layer["op"]
        stride, padding = layer.get("stride", 1), layer.get("padding", 0)
        if op == "conv2d":
            return functional.conv2d(a, weight, bias, stride, padding)
        if op == "linear":
            return functional.linear(a, weight, bias)
        if op == "batch_norm":
            shape = (1, -1) + (1,) * (a.dim() - 2)
            return a * weight.reshape(shape) + bias.reshape(shape)
        if op == "relu":
            return torch.relu(a)
        if op == "leaky_relu":
            return functional.leaky_relu(a, layer["slope"])
        if op == "softmax":
            return torch.softmax(a, layer.get("dimension", -1))
        if op == "matmul":
            return a @ b
        if op == "add":
            return a + b
        if op == "multiply":
            return a * b
        if op == "max_pool":
            return functional.max_pool2d(a, layer["kernel"], stride, padding)
        if op == "reshape":
            # Descriptions are of a batch of one.
            return a.reshape([a.shape[0]] + layer["sizes"][1:])
        if op == "permute":
            return a.permute(layer["sizes"])
        raise SystemExit(f"hls_train: no operator {op}")


def written(network, model):
    for k, layer in enumerate(network["layers"]):
        if isinstance(layer.get("weight"), dict):
            layer["weight"]["data"] = [float(f"{v:.5g}") for v in model.weights[k].detach().flatten().tolist()]
        elif "weight" in layer:
            layer["weight"] = [float(f"{v:.5g}") for v in model.weights[k].detach().tolist()]
        if "bias" in layer:
            layer["bias"] = [float(f"{v:.5g}") for v in model.biases[k].detach().tolist()]
    return json.dumps(network, separators=(",", ":")).replace('{"name"', '\n{"name"') + "\n"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("network")
    parser.add_argument("samples")
    parser.add_argument("output")
    parser.add_argument("--targets", type=int, default=2)
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--round", type=int, help="fraction bits of the last third of the epochs")
    parser.add_argument("--torchscript")
    args = parser.parse_args()
    torch.manual_seed(1)
    torch.set_num_threads(1)

    with open(args.network) as file:
        network = json.load(file)
    shape = network["input"]
    inputs = math.prod(shape)
    with open(args.samples, "rb") as file:
        rows = torch.frombuffer(bytearray(file.read()), dtype=torch.float32).reshape(-1, inputs + args.targets)
    x = rows[:, :inputs].reshape([-1] + shape[1:])
    y = rows[:, inputs:]
    model = Described(network)
    labels = args.targets == 1
    optimizer = torch.optim.Adam(model.parameters(), args.rate)
    steps = args.epochs * (len(x) // args.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, args.rate, total_steps=max(steps, 1))
    for epoch in range(args.epochs):
        if args.round is not None and 3 * epoch >= 2 * args.epochs:
            model.bits = args.round
        order = torch.randperm(len(x))
        total = 0.0
        for first in range(0, len(x) // args.batch * args.batch, args.batch):
            batch = order[first:first + args.batch]
            result = model(x[batch])
            if labels:
                loss = functional.cross_entropy(result, y[batch, 0].long())
            else:
                loss = functional.mse_loss(result, y[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item()
        print(f"epoch {epoch + 1}/{args.epochs}: loss {total / (len(x) // args.batch):.6f}", flush=True)
    with open(args.output, "w") as file:
        file.write(written(network, model))
    if args.torchscript:
        model.bits = None
        model.eval()
        torch.jit.save(torch.jit.trace(model, x[:1]), args.torchscript)


if __name__ == "__main__":
    main()
