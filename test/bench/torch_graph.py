"""A Transplant network that is a graph in PyTorch, with the kinds of layers that the benchmark's networks have."""

import torch
from torch import nn
from torch.nn import functional


class Function(nn.Module):
    """A layer without parameters."""

    def __init__(self, function):
        super().__init__()
        self.forward = function


class Table(nn.Module):
    """With an axis, its first side is that of an image's value; else the last sides meet."""

    def __init__(self, mode, shape, axis, sides):
        super().__init__()
        self.mode, self.table = mode, nn.Parameter(torch.zeros(shape))
        self.after = 0 if axis is None else sides - axis - len(shape)

    def forward(self, x):
        if self.mode == "join":
            return torch.cat([self.table.expand(len(x), -1, -1), x], 1)
        table = self.table.reshape(*self.table.shape, *[1] * self.after)
        return x + table if self.mode == "add" else x * table


class ChannelNorm(nn.LayerNorm):
    """Over the channels of each pixel, as timm's LayerNorm2d: they come out last in memory."""

    def forward(self, x):
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class PixelDense(nn.Conv2d):
    """A 1x1 convolution as timm's ConvNeXt computes it where channels are last in memory: a dense layer of each pixel."""

    def forward(self, x):
        return functional.linear(x.permute(0, 2, 3, 1), self.weight.flatten(1), self.bias).permute(0, 3, 1, 2)


class Attention(nn.Module):
    def __init__(self, width, heads, bias):
        super().__init__()
        self.heads = heads
        self.qkv, self.proj = nn.Linear(width, 3 * width, bias), nn.Linear(width, width, bias)

    def forward(self, x):
        images, tokens, width = x.shape
        apart = self.qkv(x).reshape(images, tokens, 3, self.heads, width // self.heads)
        mixed = functional.scaled_dot_product_attention(*apart.permute(2, 0, 3, 1, 4).unbind(0))
        return self.proj(mixed.transpose(1, 2).reshape(images, tokens, width))


class Residual(nn.Module):
    def __init__(self, branch, shortcut, after):
        super().__init__()
        self.branch, self.shortcut, self.after = branch, shortcut, after

    def forward(self, x):
        return self.after(self.branch(x) + self.shortcut(x))


class Layers(nn.Module):
    """Layers one after the other, each reading the one before unless it names others of its block."""

    def __init__(self, layers):
        super().__init__()
        self.layers = nn.ModuleList(layer for layer, _, _ in layers)
        self.names = [names for _, names, _ in layers]
        self.inputs = [inputs for _, _, inputs in layers]
        self.read = {name for inputs in self.inputs for name in inputs or []}

    def forward(self, x):
        values = {"input": x} if self.read else {}
        for layer, names, inputs in zip(self.layers, self.names, self.inputs):
            x = layer(*(values[name] for name in inputs)) if inputs else layer(x)
            values.update({name: x for name in names if name in self.read})
        return x


class Builder:
    """`parameters` has every weight and running statistic by its name in a checkpoint."""

    def __init__(self, classes):
        self.classes, self.parameters = classes, {}
        self.channels_last = False

    def layers(self, entries, shape, path=""):
        """(module, shape of its output) of entries that read a value of a shape, without the images' side."""
        built = []
        for entry in entries:
            name = entry.get("name")
            times = entry.get("times")
            numbers = [""] if times is None else [f".{entry.get('from', 0) + time}" for time in range(times)]
            for number in numbers:
                layer, shape = self.layer(entry, shape, path + name + number if name else None)
                names = [name, f"{name}.proj"] if entry["type"] == "attention" else [name]
                built.append((layer, names, entry.get("inputs")))
        return Layers(built), shape

    def layer(self, entry, shape, name):
        kind = entry["type"]
        if kind == "block":
            return self.layers(entry["layers"], shape, f"{name}.")
        if kind == "residual":
            branch, output = self.layers(entry["branch"], shape, f"{name}.")
            shortcut, _ = self.layers(entry.get("shortcut", []), shape, f"{name}.")
            after, output = self.layers(entry.get("after", []), output, f"{name}.")
            return Residual(branch, shortcut, after), output
        if kind == "attention":
            attention = Attention(entry["width"], entry["heads"], entry.get("bias", True))
            self.add(f"{name}.qkv", attention.qkv)
            self.add(f"{name}.proj", attention.proj)
            return attention, shape
        if kind == "table":
            table = Table(entry["mode"], entry["shape"], entry.get("axis"), len(shape))
            self.parameters[name] = table.table
            return table, [shape[0] + entry["shape"][-2], *shape[1:]] if entry["mode"] == "join" else shape
        layer, output = self.weighted(entry, shape)
        if layer is not None:
            self.add(name, layer if not isinstance(layer, nn.Sequential) else layer[1])
            return layer, output
        return self.weightless(entry, shape)

    def add(self, name, layer):
        for key, value in layer.state_dict(keep_vars=True).items():
            if key != "num_batches_tracked":
                self.parameters[f"{name}.{key}"] = value

    def weighted(self, entry, shape):
        kind, bias = entry["type"], entry.get("bias", True)
        if kind == "conv":
            filters, kernel, stride, pad = (entry[key] for key in ("filters", "kernel", "stride", "pad"))
            sides = [(size + 2 * pad - kernel) // stride + 1 for size in shape[1:]]
            is_dense = self.channels_last and (kernel, stride, pad, entry["groups"]) == (1, 1, 0, 1)
            of_kind = PixelDense if is_dense else nn.Conv2d
            return of_kind(shape[0], filters, kernel, stride, pad, groups=entry["groups"], bias=bias), [filters, *sides]
        if kind == "dense":
            units = entry.get("units", self.classes)
            if entry.get("over") == "last":
                return nn.Linear(shape[-1], units, bias), [*shape[:-1], units]
            linear = nn.Linear(torch.Size(shape).numel(), units, bias)
            return nn.Sequential(nn.Flatten(), linear), [units]
        if kind == "batch-norm":
            return nn.BatchNorm2d(shape[0], entry["epsilon"], entry["momentum"]), shape
        if kind == "layer-norm":
            if len(shape) != 3:
                return nn.LayerNorm(shape[-1], entry["epsilon"]), shape
            self.channels_last = True
            return ChannelNorm(shape[0], entry["epsilon"]), shape
        return None, shape

    def weightless(self, entry, shape):
        kind = entry["type"]
        if kind == "relu":
            return nn.ReLU(inplace=True), shape
        if kind == "clip":
            return nn.Hardtanh(entry["least"], entry["most"], inplace=True), shape
        if kind == "gelu":
            return nn.GELU("none" if entry["form"] == "erf" else "tanh"), shape
        if kind == "add":
            return Function(lambda *values: sum(values[1:], values[0])), shape
        if kind == "global-pool":
            return nn.AdaptiveAvgPool2d(1), [shape[0], 1, 1]
        # Shapes of what follows are those of an example.
        function = self.moving(entry)
        return Function(function), list(function(torch.empty(1, *shape)).shape[1:])

    def moving(self, entry):
        kind = entry["type"]
        if kind == "reshape":
            return lambda x: x.reshape(len(x), *entry["shape"])
        if kind == "transpose":
            return lambda x: x.permute(0, *(axis + 1 for axis in entry["order"]))
        if kind == "slice":
            places = slice(entry.get("start"), entry.get("end"), entry.get("step"))
            return lambda x: x[(slice(None),) * (entry["axis"] + 1) + (places,)]
        if kind == "zero-channels":
            return lambda x: functional.pad(x, (0, 0, 0, 0, entry["before"], entry["after"]))
        raise ValueError(f"layers of type {kind} are not known here")


class Graph(nn.Module):
    """`named` has its weights and running statistics by their names in a checkpoint."""

    def __init__(self, spec, classes):
        super().__init__()
        builder = Builder(classes)
        size = spec["inputSize"]
        self.body, _ = builder.layers(spec["layers"], [3, size, size])
        self.named = builder.parameters

    def forward(self, x):
        return self.body(x)

    def load(self, tensors):
        with torch.no_grad():
            for name, value in self.named.items():
                value.copy_(tensors[name])


def optimiser(network, training, multipliers):
    """SGD as in torch_network.py, or AdamW, by each parameter's multipliers of learning rate and decay."""
    groups = {}
    for name, (rate, decay) in multipliers.items():
        group = groups.setdefault((rate, decay), {"params": [], "times": rate, "decay": training["weightDecay"] * decay})
        group["params"].append(network.named[name])
    if "optimiser" in training:
        betas = training["momentum"], training["optimiser"]["beta2"]
        parameters = [{**group, "weight_decay": group["decay"]} for group in groups.values()]
        return torch.optim.AdamW(parameters, 1, betas, training["optimiser"]["epsilon"], fused=True)
    return torch.optim.SGD([{**group, "lr": group["times"]} for group in groups.values()], momentum=training["momentum"])
