"""PyTorch at work on an exercise, the peer of engine-step.ts: says who it is, then answers requests (contestant.ts).

usage: torch_step.py EXERCISE THREADS [channels-last]
"""

import json
import sys
import time

import torch
from torch import nn

import torch_graph
from torch_network import Dropout, build, load, optimiser, read_safetensors, set_learning_rate

file, threads = sys.argv[1], int(sys.argv[2])
channels_last = "channels-last" in sys.argv
torch.set_num_threads(threads)
torch.set_flush_denormal(True)

tensors, metadata = read_safetensors(file)
spec = json.loads(metadata["network"])
training = spec["training"]
is_graph = metadata["graph"] == "yes"
if is_graph:
    net = torch_graph.Graph(spec, int(metadata["classes"]))
    net.load(tensors)
else:
    net = build(spec, int(metadata["classes"]))
    load(net, tensors)
if channels_last:
    net = net.to(memory_format=torch.channels_last)
dropouts = [layer for layer in net.modules() if isinstance(layer, Dropout)]


def read_batch(number):
    images = tensors[f"batch.{number}.images"]
    if channels_last:
        images = images.contiguous(memory_format=torch.channels_last)
    # Dropout stands above dense layers, which have no rows and columns here.
    masks = [tensors[f"batch.{number}.mask.{k}"] for k in range(len(dropouts))]
    masks = [mask.flatten(1) if mask.shape[2:] == (1, 1) else mask for mask in masks]
    return images, tensors[f"batch.{number}.labels"].long(), masks


batches = [read_batch(number) for number in range(int(metadata["batches"]))]
if is_graph:
    updates = torch_graph.optimiser(net, training, json.loads(metadata["multipliers"]))
else:
    updates = optimiser(net, spec)
is_adamw = isinstance(updates, torch.optim.AdamW)
loss_function = nn.CrossEntropyLoss()
smoothed_loss = nn.CrossEntropyLoss(label_smoothing=training.get("labelSmoothing", 0))


def step(images, labels, masks, rate):
    for dropout, mask in zip(dropouts, masks):
        dropout.mask = mask
    updates.zero_grad(set_to_none=True)
    loss = smoothed_loss(net(images), labels)
    if is_adamw:
        for group in updates.param_groups:
            group["lr"] = rate * group["times"]
        loss.backward()
        if "clipNorm" in training:
            nn.utils.clip_grad_norm_(net.parameters(), training["clipNorm"])
    else:
        set_learning_rate(updates, rate)
        (rate * loss).backward()
    updates.step()
    return loss.item()


def evaluate(images, labels):
    net.eval()
    with torch.inference_mode():
        logits = net(images)
        loss, _correct = loss_function(logits, labels).item(), (logits.argmax(1) == labels).sum().item()
    net.train()
    return loss


def losses(steps):
    # The rates of engine-step.ts.
    every = [step(*batches[i % len(batches)], training["learningRate"] / (100 + 100 * i)) for i in range(steps)]
    images, labels, _ = batches[0]
    return {"losses": every, "evaluation": evaluate(images, labels)}


factors = torch.rand(1024, 1024), torch.rand(1024, 1024)
product = torch.empty(1024, 1024)
layout = {"memory_format": torch.channels_last}
kernel_images, kernels = torch.rand(32, 192, 16, 16).contiguous(**layout), torch.rand(192, 192, 3, 3).contiguous(**layout)


def matrix_product(_turn):
    """Floating point operations, as kernels.ts counts them."""
    torch.mm(*factors, out=product)
    return 2 * 1024**3


def convolution(_turn):
    with torch.inference_mode():
        nn.functional.conv2d(kernel_images, kernels, padding=1)
    return 2 * 32 * 192 * 192 * 9 * 256


def timed_step(turn):
    images, labels, masks = batches[turn % len(batches)]
    # Hardly moves the weights: a network that knew four batches by heart would compute on zeros.
    step(images, labels, masks, training["learningRate"] * 1e-4)
    return len(labels)


def timed_evaluation(turn):
    images, labels, _ = batches[turn % len(batches)]
    evaluate(images, labels)
    return len(labels)


def rate(once, seconds):
    began, done, turn, elapsed = time.perf_counter(), 0, 0, 0.0
    while elapsed < seconds:
        done += once(turn)
        turn += 1
        elapsed = time.perf_counter() - began
    return done / elapsed


def answer(request):
    if request["do"] == "losses":
        return losses(request["steps"])
    work = {"step": [timed_step], "evaluate": [timed_evaluation], "multiply": [matrix_product, convolution]}
    kinds = work[request["do"]]
    return {"perSecond": max(rate(once, request["seconds"] / len(kinds)) for once in kinds)}


def say(answer):
    print(json.dumps(answer), flush=True)


say({"version": f"PyTorch {torch.__version__}, oneDNN {'on' if torch.backends.mkldnn.is_available() else 'missing'}"})
for line in sys.stdin:
    say(answer(json.loads(line)))
