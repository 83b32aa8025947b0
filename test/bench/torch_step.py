"""PyTorch at work on an exercise, the peer of engine-step.ts: says who it is, then answers requests (contestant.ts).

Compiled and in bfloat16 it says instead what is missing where the one or the other can't be had.

usage: torch_step.py EXERCISE THREADS [channels-last] [compiled] [bfloat16]
"""

import json
import sys
import time

import torch
from torch import nn

import torch_graph
from torch_network import Dropout, build, load, optimiser, read_safetensors, set_learning_rate

file, threads = sys.argv[1], int(sys.argv[2])
channels_last, compiled, bfloat16 = (form in sys.argv for form in ("channels-last", "compiled", "bfloat16"))
torch.set_num_threads(threads)
torch.set_flush_denormal(True)

tensors, metadata = read_safetensors(file)
spec = json.loads(metadata["network"])
training = spec["training"]
is_graph = metadata["graph"] == "yes"
net = (torch_graph.Graph if is_graph else build)(spec, int(metadata["classes"]))


def begin():
    """Sets the weights that all contestants begin with."""
    if is_graph:
        net.load(tensors)
    else:
        load(net, tensors)


begin()
if channels_last:
    net = net.to(memory_format=torch.channels_last)
forward = torch.compile(net) if compiled else net
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


def answers(images):
    with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
        return forward(images).float()


def step(images, labels, masks, rate):
    for dropout, mask in zip(dropouts, masks):
        dropout.mask = mask
    updates.zero_grad(set_to_none=True)
    loss = smoothed_loss(answers(images), labels)
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
        logits = answers(images)
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


# As in engine-step.ts.
WARM = 2


def rate(once, seconds):
    for turn in range(WARM):
        once(turn)
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


def compile_ahead():
    """Seconds until a step and an evaluation are compiled. No weight moves."""
    began = time.perf_counter()
    for dropout, mask in zip(dropouts, batches[0][2]):
        dropout.mask = mask
    smoothed_loss(answers(batches[0][0]), batches[0][1]).backward()
    updates.zero_grad(set_to_none=True)
    evaluate(*batches[0][:2])
    # Norms have followed the batch.
    begin()
    return time.perf_counter() - began


def has_bfloat16():
    asked = (getattr(torch.cpu, name, None) for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"))
    return any(has() for has in asked if has)


def hello():
    if bfloat16 and not has_bfloat16():
        return {"missing": "The processor has no instructions for bfloat16, or PyTorch does not know of any: it is not timed."}
    version = f"PyTorch {torch.__version__}, oneDNN {'on' if torch.backends.mkldnn.is_available() else 'missing'}"
    try:
        return {"version": version, **({"compileSeconds": compile_ahead()} if compiled else {})}
    except Exception as error:
        return {"missing": f"torch.compile failed: {type(error).__name__}: {str(error).strip().splitlines()[0]}"}


say(hello())
for line in sys.stdin:
    say(answer(json.loads(line)))
