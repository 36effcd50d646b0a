"""The PyTorch nets of the benchmarks, by name: random weights from a fixed seed, nothing downloaded.

The vision nets are torchvision's. `transformer` is an encoder of six layers that takes sequences of 128 vectors;
`transformer_random` is the same one with sequences of 32 to 128, another length a round. `tiny` is a convolutional net of
a tenth of a millisecond, for what is about single inferences out of very many.
"""

import random

import torch
import torchvision


def tiny(weights: None) -> torch.nn.Module:
    """Four layers on images of 32 x 32. `weights`: there are none, as with torchvision's."""
    layers, channels = [], 3
    for width, stride in ((8, 2), (8, 1), (16, 2), (16, 1)):
        layers += [torch.nn.Conv2d(channels, width, 3, stride, 1, bias=False), torch.nn.BatchNorm2d(width), torch.nn.ReLU()]
        channels = width
    return torch.nn.Sequential(*layers, torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(), torch.nn.Linear(channels, 10))


VISION = {
    "tiny": (tiny, 32),
    "mobilenet_v2": (torchvision.models.mobilenet_v2, 224),
    "densenet121": (torchvision.models.densenet121, 224),
    "resnet50": (torchvision.models.resnet50, 224),
    "ssdlite320_mobilenet_v3_large": (torchvision.models.detection.ssdlite320_mobilenet_v3_large, 320),
    "lraspp_mobilenet_v3_large": (torchvision.models.segmentation.lraspp_mobilenet_v3_large, 224),
}
TRANSFORMERS = ("transformer", "transformer_random")
NAMES = (*VISION, *TRANSFORMERS)
WIDTH, LAYERS, LENGTHS = 256, 6, (32, 128)
INPUTS = 8  # rounds take turns with them


def build(name: str) -> torch.nn.Module:
    torch.manual_seed(0)
    if name in TRANSFORMERS:
        layer = torch.nn.TransformerEncoderLayer(WIDTH, nhead=8, dim_feedforward=4 * WIDTH, batch_first=True)
        return torch.nn.TransformerEncoder(layer, LAYERS).eval()
    make, _ = VISION[name]
    backbone = {"weights_backbone": None} if name in ("ssdlite320_mobilenet_v3_large", "lraspp_mobilenet_v3_large") else {}
    net = make(weights=None, **backbone).eval()
    for layer in net.modules():  # as new, all of them are alike, and exporters would make one of many
        if isinstance(layer, torch.nn.BatchNorm2d):
            for values in (layer.weight, layer.running_var):
                torch.nn.init.uniform_(values, 0.5, 1.5)
            for values in (layer.bias, layer.running_mean):
                torch.nn.init.normal_(values, std=0.1)
    return net


def inputs_of(name: str, batch: int) -> list:
    """What the rounds call the net with, in turn."""
    torch.manual_seed(1)
    if name in TRANSFORMERS:
        return [torch.rand(batch, LENGTHS[1], WIDTH) for _ in range(INPUTS)]
    _, side = VISION[name]
    images = [torch.rand(batch, 3, side, side) for _ in range(INPUTS)]
    # The detector wants a list of images, which it scales and batches itself.
    return [list(image) for image in images] if name.startswith("ssdlite") else images


def lengths_of(name: str, rounds: int, stream: int) -> list[int] | None:
    """How many vectors of its sequence each round takes; None: the net takes its input whole."""
    if name != "transformer_random":
        return None
    draw = random.Random(stream)
    return [draw.randint(*LENGTHS) for _ in range(rounds)]


def total_of(output: object) -> float:
    """One number that depends on every tensor of an output."""
    if isinstance(output, torch.Tensor):
        return float(output.abs().sum())
    return sum(total_of(part) for part in (output.values() if isinstance(output, dict) else output))
