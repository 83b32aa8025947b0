"""One SGD step of a Transplant network in PyTorch, timed: the peer of onnx-step.ts.

usage: torch_step.py SPEC.json THREADS BLOCKS STEPS   (the spec with defaults filled in, and "classes")
prints "ready VERSION", then for each line read from standard input one block: {"imagesPerSecond": ...}
"""

import json
import sys
import time

import torch
from torch import nn

spec = json.load(open(sys.argv[1]))
threads, blocks, steps = int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
torch.set_num_threads(threads)
torch.manual_seed(1)


class Flatten(nn.Module):
    def forward(self, x):
        return x.flatten(1)


def build():
    layers, channels, size, flat = [], 3, spec["inputSize"], False
    for layer in spec["layers"]:
        kind = layer["type"]
        if kind == "conv":
            layers.append(nn.Conv2d(channels, layer["filters"], layer["kernel"], layer["stride"], layer["pad"], groups=layer["groups"]))
            channels, size = layer["filters"], (size + 2 * layer["pad"] - layer["kernel"]) // layer["stride"] + 1
        elif kind == "dense":
            if not flat:
                layers.append(Flatten())
                channels, flat = channels * size * size, True
            units = layer.get("units", spec["classes"])
            layers.append(nn.Linear(channels, units))
            channels = units
        elif kind == "relu":
            layers.append(nn.ReLU(inplace=True))
        elif kind == "pool":
            pool = nn.MaxPool2d if layer["mode"] == "max" else nn.AvgPool2d
            layers.append(pool(layer["kernel"], layer["stride"], layer["pad"]))
            size = (size + 2 * layer["pad"] - layer["kernel"]) // layer["stride"] + 1
        elif kind == "lrn":
            layers.append(nn.LocalResponseNorm(layer["size"], layer["alpha"], layer["beta"], layer["k"]))
        elif kind == "dropout":
            layers.append(nn.Dropout(layer["rate"]))
    return nn.Sequential(*layers)


net = build()
training = spec["training"]
batch = training["batchSize"]
weights = [p for name, p in net.named_parameters() if name.endswith("weight")]
biases = [p for name, p in net.named_parameters() if name.endswith("bias")]
# Caffe's multipliers: biases learn twice as fast and do not decay.
optimiser = torch.optim.SGD(
    [{"params": weights, "weight_decay": training["weightDecay"]}, {"params": biases, "lr": 2 * training["learningRate"]}],
    lr=training["learningRate"],
    momentum=training["momentum"],
)
images = torch.randn(batch, 3, spec["inputSize"], spec["inputSize"])
labels = torch.randint(0, spec["classes"], (batch,))
loss_function = nn.CrossEntropyLoss()


def step():
    optimiser.zero_grad(set_to_none=True)
    loss = loss_function(net(images), labels)
    loss.backward()
    optimiser.step()
    return loss.item()


for _ in range(3):
    step()
print("ready PyTorch", torch.__version__, flush=True)
for _ in range(blocks):
    sys.stdin.readline()
    began = time.perf_counter()
    for _ in range(steps):
        step()
    print(json.dumps({"imagesPerSecond": steps * batch / (time.perf_counter() - began)}), flush=True)
