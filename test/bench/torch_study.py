"""A whole study in PyTorch, as one would write it who knows PyTorch well: the peer of `transplant study run`.

All images are in memory, normalised and padded once; a batch is one gather. Frozen layers run under no_grad, the
optimiser has the parameters that learn and no others. Bases first, then all treatments, the longest first, in as many
processes as are fastest on this machine, which share the images. Each network is evaluated once, at its end.

usage: torch_study.py STUDY_FOLDER PROCESSES THREADS SEED [channels-last] [compiled]     (the folder: torch-study.ts)
prints one line of JSON: {"version": ..., "trainings": {"baseA": {"accuracy": ..., "steps": ..., "all": ...}, "A3B+": ...}},
seconds of its steps and of all of it
"""

import json
import math
import multiprocessing
import os
import sys
import tempfile
import time
import zlib

import torch
from torch import nn

from torch_network import build, optimiser, set_learning_rate

folder, processes, threads, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
channels_last, compiled = "channels-last" in sys.argv, "compiled" in sys.argv
with open(os.path.join(folder, "study.json")) as opened:
    study = json.load(opened)
spec, halves, runs = study["network"], study["halves"], study["runs"]
training = spec["training"]


class Half:
    """The images of one half's classes, ready for cropping."""

    def __init__(self, pixels, half):
        size, pad, out = study["size"], training["cropPadding"], spec["inputSize"]
        images, tested = (pixels[torch.tensor(half[part])].float() for part in ("train", "heldOut"))
        mean = images.mean(0)
        self.labels, self.tested_labels = torch.tensor(half["trainLabels"]), torch.tensor(half["heldOutLabels"])
        self.classes = half["classes"]
        self.padded = nn.functional.pad((images - mean) * training["inputScale"], (pad,) * 4)
        margin = (size - out) // 2
        tested = (tested - mean) * training["inputScale"]
        self.tested = tested[:, :, margin : margin + out, margin : margin + out].contiguous()
        self.offsets, self.span = size + 2 * pad - out + 1, torch.arange(out)

    def batches(self, count):
        """Random crops, mirrored half of the time, of one permutation after another."""
        order, size, images = torch.empty(0, dtype=torch.long), training["batchSize"], len(self.padded)
        channels = torch.arange(3)[None, :, None, None]
        for _ in range(count):
            while len(order) < size:
                order = torch.cat([order, torch.randperm(images)])
            chosen, order = order[:size], order[size:]
            rows = torch.randint(self.offsets, (size, 1)) + self.span
            columns = self.span.expand(size, -1)
            if training["mirror"]:
                columns = torch.where(torch.rand(size, 1) < 0.5, columns.flip(1), columns)
            columns = columns + torch.randint(self.offsets, (size, 1))
            crops = self.padded[chosen[:, None, None, None], channels, rows[:, None, :, None], columns[:, None, None, :]]
            yield crops, self.labels[chosen]


def initialise(network):
    for layer in spec["layers"]:
        if "init" not in layer:
            continue
        module, init = network.get_submodule(layer["name"]), layer["init"]
        if init["weight"]["kind"] == "he":
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
        else:
            nn.init.normal_(module.weight, std=init["weight"]["std"])
        nn.init.constant_(module.bias, init["bias"])


def learning_rate(step, steps):
    schedule, warm_up = training["schedule"], round(training["warmUp"] * steps)
    rising = (step + 1) / warm_up if step < warm_up else 1
    if schedule["kind"] == "cosine":
        return training["learningRate"] * rising * 0.5 * (1 + math.cos(math.pi * step / steps))
    return training["learningRate"] * rising * schedule["factor"] ** sum(step / steps >= at for at in schedule["at"])


def layout(images):
    return images.contiguous(memory_format=torch.channels_last) if channels_last else images


def train(run):
    """Trains one network; its name, its accuracy on the held-out images of its half, and how long it took."""
    began = time.perf_counter()
    torch.manual_seed(zlib.crc32(f"{seed} {run['name']}".encode()))
    half = prepared[run["target"]]
    network = build(spec, half.classes)
    initialise(network)
    weight_layers = [layer["name"] for layer in spec["layers"] if "init" in layer]
    if run["source"] is not None:
        source = torch.load(os.path.join(scratch, run["source"]))
        copied = set(weight_layers[: run["n"]])
        network.load_state_dict({k: v for k, v in source.items() if k.split(".")[0] in copied}, strict=False)
    if channels_last:
        network = network.to(memory_format=torch.channels_last)
    learning = weight_layers[run["frozen"] :]
    # Layer n is all that stands from the n-th layer with weights up to the next.
    first = [name for name, _ in network.named_children()].index(learning[0])
    if learning[0] not in weight_layers[:1] and isinstance(network[first - 1], nn.Flatten):
        first -= 1
    frozen, learner = network[:first], network[first:]
    if compiled:
        learner = torch.compile(learner)
    started = time.perf_counter()
    sgd, loss_function = optimiser(network, spec, set(learning)), nn.CrossEntropyLoss()
    for step, (images, labels) in enumerate(half.batches(run["steps"])):
        rate = learning_rate(step, run["steps"])
        set_learning_rate(sgd, rate)
        with torch.no_grad():
            below = frozen(layout(images))
        sgd.zero_grad(set_to_none=True)
        (rate * loss_function(learner(below), labels)).backward()
        sgd.step()
    ended = time.perf_counter()
    if run["source"] is None and run["frozen"] == 0:
        torch.save(network.state_dict(), os.path.join(scratch, run["name"]))
    network.eval()
    with torch.inference_mode():
        answers = [network(layout(images)).argmax(1) for images in half.tested.split(250)]
    accuracy = (torch.cat(answers) == half.tested_labels).float().mean().item()
    return run["name"], {"accuracy": accuracy, "steps": ended - started, "all": time.perf_counter() - began}


def begin():
    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)


if __name__ == "__main__":
    torch.set_num_threads(threads)
    images = torch.frombuffer(bytearray(open(os.path.join(folder, "images.bin"), "rb").read()), dtype=torch.uint8)
    images = images.reshape(-1, 3, study["size"], study["size"])
    prepared = {name: Half(images, half) for name, half in halves.items()}
    with tempfile.TemporaryDirectory() as scratch:
        bases = [run for run in runs if run["source"] is None and run["frozen"] == 0]
        treatments = sorted((run for run in runs if run not in bases), key=lambda run: run["frozen"])
        if processes == 1:
            begin()
            trained = dict([*map(train, bases), *map(train, treatments)])
        else:
            with multiprocessing.get_context("fork").Pool(processes, begin) as pool:
                trained = dict(pool.imap_unordered(train, bases))
                trained.update(pool.imap_unordered(train, treatments))
    print(json.dumps({"version": f"PyTorch {torch.__version__}", "trainings": trained}))
