"""A whole study in PyTorch, as one would write it who knows PyTorch well: the peer of `transplant study run`.

All images are in memory, normalised and padded once; a batch is one gather. Frozen layers run under no_grad, their norms by
running statistics; the optimiser has the parameters that learn and no others. Bases first, then all treatments, the longest
first, in as many processes as are fastest on this machine, which share the images. Where the source is a pretrained file, no
treatment waits for a base. Each network is evaluated once, at its end.

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

import torch_graph
from torch_network import build, optimiser, read_safetensors, set_learning_rate

folder, processes, threads, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
channels_last, compiled = "channels-last" in sys.argv, "compiled" in sys.argv
with open(os.path.join(folder, "study.json")) as opened:
    study = json.load(opened)
spec, halves, runs = study["network"], study["halves"], study["runs"]
training, parameters = spec["training"], study["parameters"]
# The source of runs whose lower layers come from a file.
PRETRAINED = "pretrained"


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


def built(classes):
    """A network, and its weights and running statistics by their names in a checkpoint."""
    if study["graph"]:
        network = torch_graph.Graph(spec, classes)
        return network, network.named
    network = build(spec, classes)
    return network, network.state_dict(keep_vars=True)


@torch.no_grad()
def initialise(named):
    for name, value in named.items():
        initial = parameters[name]["initial"]
        if initial["kind"] == "constant":
            value.fill_(initial["value"])
        else:
            value.normal_(std=initial["std"])


@torch.no_grad()
def copy_lower(named, source, n):
    tensors = study_source if source == PRETRAINED else torch.load(os.path.join(scratch, source))
    for name, value in named.items():
        if parameters[name]["n"] <= n:
            value.copy_(tensors[name])


def cut(network, named, n):
    """Layers 1..n, and those above. What has no weights belongs to the weights below it."""
    layers = {id(value): parameters[name]["n"] for name, value in named.items()}
    parts = list(zip(network.body.layers, network.body.names, network.body.inputs)) if study["graph"] else list(network.children())
    below, layer = 0, 0
    for part in parts:
        module = part[0] if study["graph"] else part
        own = [layers[id(value)] for value in (*module.parameters(), *module.buffers()) if id(value) in layers]
        layer = max([layer, *own])
        below += layer <= n
    if not study["graph"]:
        return network[:below], network[below:]
    frozen, learner = torch_graph.Layers(parts[:below]), torch_graph.Layers(parts[below:])
    if below > 0 and learner.read & {"input", *(name for names in frozen.names for name in names)}:
        raise ValueError(f"a layer above layer {n} reads one below it by name: that is not known here")
    return frozen, learner


def norms(network):
    return [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]


@torch.no_grad()
def estimate_statistics(frozen, half):
    """Random layers' running statistics, means over the first 1024 images (estimated-statistics.ts)."""
    for norm in norms(frozen):
        norm.momentum = None
        norm.reset_running_stats()
    for images, _ in half.batches(math.ceil(min(1024, len(half.padded)) / training["batchSize"])):
        frozen(layout(images))


def updates_of(network, frozen):
    """The optimiser of what learns above the frozen layers."""
    if not study["graph"]:
        weight_layers = [layer["name"] for layer in spec["layers"] if "init" in layer]
        return optimiser(network, spec, set(weight_layers[frozen:]))
    learning = {name: one["multipliers"] for name, one in parameters.items() if one["learns"] and one["n"] > frozen}
    return torch_graph.optimiser(network, training, learning)


def step(updates, loss, rate):
    updates.zero_grad(set_to_none=True)
    if isinstance(updates, torch.optim.AdamW):
        for group in updates.param_groups:
            group["lr"] = rate * group["times"]
        loss.backward()
        if "clipNorm" in training:
            nn.utils.clip_grad_norm_([value for group in updates.param_groups for value in group["params"]], training["clipNorm"])
    else:
        set_learning_rate(updates, rate)
        (rate * loss).backward()
    updates.step()


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
    network, named = built(half.classes)
    initialise(named)
    if run["source"] is not None:
        copy_lower(named, run["source"], run["n"])
    if channels_last:
        network = network.to(memory_format=torch.channels_last)
    frozen, learner = cut(network, named, run["frozen"])
    if run["statistics"]:
        estimate_statistics(frozen, half)
    for norm in norms(frozen):
        norm.eval()
    if compiled:
        learner = torch.compile(learner)
    started = time.perf_counter()
    updates = updates_of(network, run["frozen"])
    loss_function = nn.CrossEntropyLoss(label_smoothing=training.get("labelSmoothing", 0))
    for number, (images, labels) in enumerate(half.batches(run["steps"])):
        with torch.no_grad():
            below = frozen(layout(images))
        step(updates, loss_function(learner(below), labels), learning_rate(number, run["steps"]))
    ended = time.perf_counter()
    if run["source"] is None and run["frozen"] == 0:
        torch.save({name: value.detach() for name, value in named.items()}, os.path.join(scratch, run["name"]))
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
    pretrained = os.path.join(folder, "pretrained.safetensors")
    study_source = read_safetensors(pretrained)[0] if os.path.exists(pretrained) else None
    with tempfile.TemporaryDirectory() as scratch:
        bases = [run for run in runs if run["source"] is None and run["frozen"] == 0]
        treatments = sorted((run for run in runs if run not in bases), key=lambda run: run["frozen"])
        waits = any(run["source"] not in (None, PRETRAINED) for run in treatments)
        stages, trained = [bases, treatments] if waits else [bases + treatments], {}
        if processes == 1:
            begin()
            for stage in stages:
                trained.update(map(train, stage))
        else:
            with multiprocessing.get_context("fork").Pool(processes, begin) as pool:
                for stage in stages:
                    trained.update(pool.imap_unordered(train, stage))
    print(json.dumps({"version": f"PyTorch {torch.__version__}", "trainings": trained}))
