#!/usr/bin/env python3
"""Trains a network description of `hls net` with PyTorch, and writes it back with its weights.

    hls_train.py NETWORK.json SAMPLES.f32 OUT.json [--targets N] [--epochs N] [--numbers F[,S]] [--torchscript OUT.pt]

Rows of SAMPLES are float32: a sample's numbers, then its targets (one label, or the coordinates wanted). Training goes
on from the weights that NETWORK has.

With --numbers F the network computes as the hardware does: weights and activations have F fraction bits, and every
product and every partial sum of a chain is rounded to F bits too, in the order in which `hls` lowers sums; --numbers F,S
is a design that accumulates in S bits. Gradients are those of the layer without rounding, at the rounded values
(straight-through estimator, Bengio et al. 2013, arXiv 1308.3432), but a sum's rounding error counts as a fixed multiple of
the size of its terms, so that training learns sums with small terms. What differs from the hardware: the exponential is
rounded to the nearest, exponents have no bounds.

One thread, fixed seeds: the same command gives the same weights.
"""
import argparse
import json
import math

import torch
from torch import nn
from torch.nn import functional


class Numbers:
    """Arithmetic of floats with so many fraction bits, ties to even, on tensors of float32."""

    def __init__(self, fraction, sums):
        self.fraction = fraction
        self.sums = sums

    @staticmethod
    def round_(x, bits):
        """In place; exact, as float32 has bits to spare for a sum or product of two such numbers."""
        low = 23 - bits
        words = x.view(torch.int32)
        words += (words >> low).bitwise_and_(1).add_((1 << (low - 1)) - 1)
        words &= -(1 << low)
        return x

    def operand(self, x):
        """What a multiplier sees of a value."""
        return self.round_(x.detach().clone(), self.fraction)

    def value(self, x):
        return self.round_(x.detach().clone(), self.sums)

    def add(self, a, b):
        return self.round_(a + b, self.sums)

    def tree(self, ends):
        """As Interpreter::tree of front/loop_nest.cpp."""
        while len(ends) > 1:
            ends = [self.add(ends[k], ends[k + 1]) for k in range(0, len(ends) - 1, 2)] + \
                ends[len(ends) // 2 * 2:]
        return ends[0]

    def sum_of_products(self, count, factors, initial, chain):
        """Of factors(0) ... factors(count - 1), pairs of operands; as Interpreter::sum_of_products."""
        chains = (count + chain - 1) // chain
        ends = []
        product = None
        for number in range(chains):
            total = None
            for k in range(count * number // chains, count * (number + 1) // chains):
                a, b = factors(k)
                product = a * b if product is None else torch.mul(a, b, out=product)
                if self.sums == self.fraction:
                    self.round_(product, self.fraction)
                if total is None:
                    total = product + initial if number == 0 and initial is not None else product.clone()
                else:
                    total += product
                self.round_(total, self.sums)
            ends.append(total)
        return self.tree(ends)


class Described(nn.Module):
    """A network description as a module: one branch an operator. `numbers` None: float32."""

    def __init__(self, network, numbers=None, longest_chain=48):
        super().__init__()
        self.network = network
        self.numbers = numbers
        self.longest_chain = longest_chain
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
        values = {"input": self.rounded(x)}
        self.divisors = {}  # by layer: what a softmax leaves to the matmul after it
        for k, layer in enumerate(self.network["layers"]):
            inputs = [values[name] for name in layer["inputs"]]
            weight = self.rounded(self.weights[k])
            bias = self.rounded(self.biases[k], False) if len(self.biases[k]) > 0 else None
            value = self.apply_layer(layer, inputs, weight, bias)
            if self.numbers is not None:
                with torch.no_grad():
                    exact = self.hardware(layer, [a.detach() for a in inputs], weight.detach(),
                                          None if bias is None else bias.detach(), value)
                    step = exact - value
                size = self.size_of_terms(layer, inputs, weight, bias)
                value = value + (step if size is None else step / size.detach() * size)
            values[layer["name"]] = value
        return values[self.network["output"]]

    def rounded(self, x, factor=True):
        """A constant, or the sample, as a factor or as an addend: rounding is the identity for gradients."""
        if self.numbers is None:
            return x
        return x + ((self.numbers.operand(x) if factor else self.numbers.value(x)) - x.detach())

    def divides_later(self, name):
        users = [layer for layer in self.network["layers"] if name in layer["inputs"]]
        return len(users) == 1 and users[0]["op"] == "matmul" and users[0]["inputs"][0] == name

    def apply_layer(self, layer, inputs, weight, bias):
        op = layer["op"]
        a = inputs[0]
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
            if self.numbers is not None and self.divides_later(layer["name"]):
                return torch.exp(a - a.detach().amax(-1, keepdim=True))
            return torch.softmax(a, layer.get("dimension", -1))
        if op == "matmul":
            if layer["inputs"][0] in self.divisors:
                sums = a.sum(-1, keepdim=True)
                return (a @ inputs[1]) / (sums + (self.divisors[layer["inputs"][0]] - sums.detach()))
            return a @ inputs[1]
        if op == "add":
            return a + inputs[1]
        if op == "multiply":
            return a * inputs[1]
        if op == "max_pool":
            return functional.max_pool2d(a, layer["kernel"], stride, padding)
        if op == "reshape":
            # Descriptions are of a batch of one.
            return a.reshape([a.shape[0]] + layer["sizes"][1:])
        if op == "permute":
            return a.permute(layer["sizes"])
        raise SystemExit(f"hls_train: no operator {op}")

    @staticmethod
    def size_of_terms(layer, inputs, weight, bias):
        """What rounding errors of a sum are in proportion to: the root of the sum of its terms' squares."""
        op = layer["op"]
        if op == "conv2d":
            squares = functional.conv2d(inputs[0] ** 2, weight ** 2, None if bias is None else bias ** 2,
                                        layer.get("stride", 1), layer.get("padding", 0))
        elif op == "linear":
            squares = functional.linear(inputs[0] ** 2, weight ** 2, None if bias is None else bias ** 2)
        elif op == "add":
            squares = inputs[0] ** 2 + inputs[1] ** 2
        else:
            return None
        return (squares + 1e-12).sqrt()

    def hardware(self, layer, inputs, weight, bias, value):
        """What the hardware has for `value`."""
        op = layer["op"]
        numbers = self.numbers
        chain = layer.get("chain", self.longest_chain)
        if op == "conv2d":
            columns = functional.unfold(numbers.operand(inputs[0]), weight.shape[2:], 1, layer.get("padding", 0),
                                        layer.get("stride", 1))  # [batch, products, positions]
            columns = columns.transpose(0, 1).flatten(1).contiguous()
            rows = weight.flatten(1)
            total = numbers.sum_of_products(len(columns), lambda k: (rows[:, k:k + 1], columns[k:k + 1]),
                                            None if bias is None else bias[:, None], chain)
            return total.reshape(len(rows), len(value), -1).transpose(0, 1).reshape(value.shape)
        if op == "linear":
            columns = numbers.operand(inputs[0]).flatten(0, -2).t().contiguous()
            total = numbers.sum_of_products(len(columns), lambda k: (weight[:, k:k + 1], columns[k:k + 1]),
                                            None if bias is None else bias[:, None], chain)
            return total.t().reshape(value.shape)
        if op == "softmax":
            exponents = numbers.add(inputs[0], -inputs[0].amax(-1, keepdim=True))
            powers = numbers.value(torch.exp(exponents))
            if not self.divides_later(layer["name"]):
                return numbers.value(value)
            self.divisors[layer["name"]] = numbers.tree(list(powers.split(1, -1)))
            return powers
        if op == "matmul":
            left, right = numbers.operand(inputs[0]), numbers.operand(inputs[1])
            columns = left.permute(2, 0, 1).contiguous()
            rows = right.transpose(0, 1).contiguous()
            total = numbers.sum_of_products(len(columns), lambda k: (columns[k][:, :, None], rows[k][:, None, :]),
                                            None, chain)
            divisors = self.divisors.get(layer["inputs"][0])
            return total if divisors is None else numbers.round_(total / divisors, numbers.sums)
        if op == "batch_norm":
            shape = (1, -1) + (1,) * (inputs[0].dim() - 2)
            return numbers.sum_of_products(1, lambda k: (numbers.operand(inputs[0]), weight.reshape(shape)),
                                           bias.reshape(shape), chain)
        return numbers.value(value)


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
    parser.add_argument("--epochs", type=float, default=30)
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--numbers", help="fraction bits, and those of sums: 4, or 4,9")
    parser.add_argument("--longest-chain", type=int, default=48, help="as that of hls compile")
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
    numbers = None
    if args.numbers is not None:
        fraction, _, sums = args.numbers.partition(",")
        numbers = Numbers(int(fraction), int(sums or fraction))
    model = Described(network, numbers, args.longest_chain)
    labels = args.targets == 1
    optimizer = torch.optim.Adam(model.parameters(), args.rate)
    batches = len(x) // args.batch
    steps = round(args.epochs * batches)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, args.rate, total_steps=max(steps, 1))
    total = 0.0
    for step in range(steps):
        if step % batches == 0:
            order = torch.randperm(len(x))
        first = step % batches * args.batch
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
        if (step + 1) % 50 == 0:
            print(f"step {step + 1}/{steps}: loss {total / 50:.6f}", flush=True)
            total = 0.0
    with open(args.output, "w") as file:
        file.write(written(network, model))
    if args.torchscript:
        model.numbers = None
        model.eval()
        torch.jit.save(torch.jit.trace(model, x[:1]), args.torchscript)


if __name__ == "__main__":
    main()
