"""Steps of families of networks in PyTorch, from weights and images that both sides compute (peer.ts).

    torch_peer.py FOLDER BATCH FAMILY...     (BATCH 0: as large as the family's own)

writes, of each, FOLDER/FAMILY.json (the network, settings, and of each tensor after the steps some values) and FOLDER/FAMILY.safetensors
(every value, and as `NAME/exact` those of the same steps in float64). Prints the families that it wrote.
"""

import copy
import itertools
import json
import math
import os
import sys

import numpy as np
import torch
from safetensors.numpy import save_file

from families import BUILT_IN, CLASSES, FAMILIES
from trace import layers_of
from values import initial

# Of values from kinks: some times what float32 leaves of values of about 1.
FAR = 3e-6


# Where functions have two slopes.
KINKS = {"ReLU": [0], "ReLU6": [0, 6], "Hardswish": [-3, 3], "Hardsigmoid": [-3, 3]}


def distance_to_kink(model, images):
    """
    Of all values, that of the nearest to where its function's slope jumps, or of a window's maximum to the next: rounding may
    take it to the other side.
    """
    nearest, model = [math.inf], copy.deepcopy(model).train()

    def watch(module, inputs):
        (x,) = inputs
        nearest.extend((x.double() - kink).abs().min().item() for kink in KINKS[type(module).__name__])

    def watch_windows(pool, inputs):
        (x,) = inputs
        x = torch.nn.functional.pad(x.double(), [pool.padding] * 4, value=-math.inf)
        windows = x.unfold(2, pool.kernel_size, pool.stride).unfold(3, pool.kernel_size, pool.stride).flatten(4)
        first, second = windows.topk(2).values.unbind(-1)
        nearest.append((first - second)[first > second].min().item())

    for module in model.modules():
        if type(module).__name__ in KINKS:
            module.register_forward_pre_hook(watch)
        elif isinstance(module, torch.nn.MaxPool2d):
            module.register_forward_pre_hook(watch_windows)
    model(images)
    return min(nearest)


def images_of(model, size, batch):
    """The first random images, and their name, that keep every value away from kinks."""
    for number in itertools.count(1):
        name = f"images {number}"
        images = 2 * initial(name, (batch, 3, size, size))
        if distance_to_kink(model, images) > FAR:
            return name, images


def steps(model, images, training, number):
    """Cross-entropy of the batch and SGD or AdamW, as often as asked. Returns the losses."""
    model.train()
    settings = {"lr": training["learningRate"], "weight_decay": training["weightDecay"]}
    if "optimiser" in training:
        beta2, epsilon = training["optimiser"]["beta2"], training["optimiser"]["epsilon"]
        settings.update(betas=(training["momentum"], beta2), eps=epsilon)
        optimiser = torch.optim.AdamW(model.parameters(), **settings)
    else:
        optimiser = torch.optim.SGD(model.parameters(), momentum=training["momentum"], **settings)
    criterion = torch.nn.CrossEntropyLoss(label_smoothing=training.get("labelSmoothing", 0))
    labels = torch.arange(len(images)) % CLASSES
    losses = []
    for _ in range(number):
        optimiser.zero_grad()
        loss = criterion(model(images), labels)
        loss.backward()
        if "clipNorm" in training:
            torch.nn.utils.clip_grad_norm_(model.parameters(), training["clipNorm"])
        optimiser.step()
        losses.append(loss.item())
    return losses


def tensors_of(model):
    state = {**dict(model.named_parameters()), **dict(model.named_buffers())}
    learned = set(dict(model.named_parameters()))
    return {
        name: value.detach().numpy()
        for name, value in state.items()
        if name in learned or name.endswith(("running_mean", "running_var"))
    }


def shortest(value):
    return float(str(np.float32(value)))


def line(value):
    return json.dumps(value, separators=(",", ":"))


def layer_lines(layer):
    """JSON of a layer on a line of its own, also of those in a block."""
    if layer["type"] != "block":
        return line(layer)
    rest = line({key: value for key, value in layer.items() if key != "layers"})
    return rest[:-1] + ',"layers":[\n' + ",\n".join(map(line, layer["layers"])) + "\n]}"


def write(folder, batch, family):
    size, build, training, number = FAMILIES[family]
    batch = batch or training.get("batchSize", 4)
    model = build()
    layers = [] if family in BUILT_IN else layers_of(copy.deepcopy(model), size)
    if layers:
        del layers[-1]["units"]
    before = {name: initial(name, value.shape) for name, value in tensors_of(model).items()}
    model.load_state_dict({**model.state_dict(), **before})
    name, images = images_of(model, size, batch)
    exact = copy.deepcopy(model).double()
    losses = steps(model, images, training, number)
    steps(exact, images.double(), training, number)
    after, truth = tensors_of(model), tensors_of(exact)

    spread = lambda flat: [shortest(flat[(2 * k + 1) * flat.size // 8]) for k in range(min(4, flat.size))]
    change = lambda name: after[name].astype(np.float64) - before[name].numpy()
    samples = {
        name: {
            "largest": shortest(abs(change(name)).max()),
            "norm": shortest(np.linalg.norm(change(name))),
            "values": spread(value.ravel()),
        }
        for name, value in after.items()
    }
    unused = {"epochs": 1, "schedule": {"kind": "cosine"}, "warmUp": 0, "cropPadding": 0, "mirror": False}
    training = {**training, "batchSize": batch, **unused}
    network = {"name": family, "inputSize": size, "layers": layers, "training": training}
    with open(os.path.join(folder, f"{family}.json"), "w") as file:
        file.write('{"versions":' + line({"torch": torch.__version__}) + ',\n"classes":' + str(CLASSES) + ',\n"images":' + line(name))
        file.write(',\n"losses":' + line(losses) + ',\n"network":{')
        file.write(",\n".join(line(k) + ":" + line(v) for k, v in network.items() if k != "layers"))
        file.write(',\n"layers":[\n' + ",\n".join(map(layer_lines, layers)) + "\n]},\n")
        file.write('"after":{\n' + ",\n".join(f"{line(k)}:{line(v)}" for k, v in samples.items()) + "\n}}\n")
    truths = {f"{name}/exact": value.astype(np.float32) for name, value in truth.items()}
    save_file({**after, **truths}, os.path.join(folder, f"{family}.safetensors"))


torch.set_num_threads(1)
folder, batch, *families = sys.argv[1:]
for family in families or FAMILIES:
    write(folder, int(batch), family)
    print(family)
