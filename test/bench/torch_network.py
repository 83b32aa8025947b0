"""A Transplant network in PyTorch, and the safetensors files that its weights and batches come in."""

import json
import struct

import torch
from torch import nn


def read_safetensors(file):
    """(tensors by name, metadata), of float32 tensors only."""
    with open(file, "rb") as opened:
        content = bytearray(opened.read())
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + length])
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        flat = torch.frombuffer(content, dtype=torch.float32, count=(end - begin) // 4, offset=8 + length + begin)
        tensors[name] = flat.reshape(entry["shape"]).clone()
    return tensors, metadata


class Dropout(nn.Module):
    """Inverted dropout by the mask that it is given, or by one that it draws."""

    def __init__(self, rate):
        super().__init__()
        self.rate = rate
        self.mask = None

    def forward(self, x):
        if not self.training:
            return x
        return nn.functional.dropout(x, self.rate) if self.mask is None else x * self.mask


def build(spec, classes):
    """The layers in order; those with weights have the spec's names."""
    layers, channels, size, flat = [], 3, spec["inputSize"], False
    for index, layer in enumerate(spec["layers"]):
        kind, name = layer["type"], f"{layer['type']}-{index}"
        slid = lambda: (size + 2 * layer["pad"] - layer["kernel"]) // layer["stride"] + 1
        if kind == "conv":
            groups = layer["groups"]
            conv = nn.Conv2d(channels, layer["filters"], layer["kernel"], layer["stride"], layer["pad"], groups=groups)
            layers.append((layer["name"], conv))
            channels, size = layer["filters"], slid()
        elif kind == "dense":
            if not flat:
                layers.append((f"flatten-{index}", nn.Flatten()))
                channels, flat = channels * size * size, True
            units = layer.get("units", classes)
            layers.append((layer["name"], nn.Linear(channels, units)))
            channels = units
        elif kind == "relu":
            layers.append((name, nn.ReLU(inplace=True)))
        elif kind == "pool" and layer["mode"] == "max":
            layers.append((name, nn.MaxPool2d(layer["kernel"], layer["stride"], layer["pad"])))
            size = slid()
        elif kind == "pool":
            pool = nn.AvgPool2d(layer["kernel"], layer["stride"], layer["pad"], count_include_pad=False)
            layers.append((name, pool))
            size = slid()
        elif kind == "lrn":
            layers.append((name, nn.LocalResponseNorm(layer["size"], layer["alpha"], layer["beta"], layer["k"])))
        elif kind == "dropout":
            layers.append((name, Dropout(layer["rate"])))
        else:
            raise ValueError(f"layers of type {kind} are not known here")
    network = nn.Sequential()
    for name, layer in layers:
        network.add_module(name, layer)
    return network


def load(network, tensors):
    """Copies weights in by name: every parameter must be there."""
    network.load_state_dict({name: tensors[name] for name in network.state_dict()})


def optimiser(network, spec, learning=None):
    """SGD with Caffe's multipliers, over the parameters of the weight layers named in `learning` (absent: of all).

    Caffe has the rate within the momentum, v <- momentum v + rate (gradient + decay w), torch.optim.SGD outside of it: the
    two differ wherever the rate changes (Goyal et al. 2017, section 2.3). Here the loss is multiplied by the rate, and the
    optimiser's own rate is the multiplier: Caffe's update at no cost. See `set_learning_rate`.
    """
    training, groups = spec["training"], []
    for layer in spec["layers"]:
        if "multipliers" not in layer or (learning is not None and layer["name"] not in learning):
            continue
        for kind, multipliers in layer["multipliers"].items():
            parameter = getattr(network.get_submodule(layer["name"]), kind)
            rate, decay = multipliers["learningRate"], training["weightDecay"] * multipliers["decay"]
            same = [group for group in groups if group["lr"] == rate and group["decay"] == decay]
            if same:
                same[0]["params"].append(parameter)
            else:
                groups.append({"params": [parameter], "lr": rate, "decay": decay})
    return torch.optim.SGD(groups, momentum=training["momentum"])


def set_learning_rate(optimiser, rate):
    """Of the steps to come, whose losses are to be multiplied by it."""
    for group in optimiser.param_groups:
        group["weight_decay"] = rate * group["decay"]
