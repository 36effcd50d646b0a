"""Writes a vision net for the runtimes that load it from a file: NET.pt (TorchScript, traced) or NET.onnx.

    export.py NET FILE.pt|FILE.onnx
"""

import sys

import torch

import nets


def main() -> None:
    name, path = sys.argv[1:3]
    net = nets.build(name)
    example = nets.inputs_of(name, 1)[0]
    with torch.no_grad():
        if path.endswith(".onnx"):
            torch.onnx.export(net, example, path, opset_version=9, input_names=["image"], output_names=["scores"])
        else:
            torch.jit.trace(net, example).save(path)


main()
