"""A PyTorch model as the layers of a Transplant network: traced by torch.export, one layer for each operator.

A value of the trace has the images of the batch in one of its sides, alone or with sides of one image before it (windows of
an image stand in a row with those of others); a layer knows the sides of one image only.
"""

import operator
from dataclasses import dataclass, replace
from math import prod

import torch

# Images in a batch of the trace: a number that no side of a network has as a factor.
BATCH = 11

# Modules that become blocks, which no cut goes through.
BLOCKS = {"BasicBlock", "Bottleneck", "ResBottleneckBlock", "Fire", "InvertedResidual", "DepthwiseSeparableConv"}
BLOCKS |= {"ConvNeXtBlock", "Block", "SwinTransformerBlock"}


@dataclass
class Value:
    """What a layer makes (`place` in the list of layers; -1: the images)."""

    place: int
    shape: tuple
    # The side that the images are in.
    side: int = 0

    @property
    def of_image(self):
        """The shape of one image's value."""
        before, among, after = self.shape[: self.side], self.shape[self.side] // BATCH, self.shape[self.side + 1 :]
        return [*before, *([among] if among > 1 else []), *after]

    def axis(self, side):
        """The axis of one image's value, of a side of the batch's."""
        side %= len(self.shape)
        return side - (side > self.side and self.shape[self.side] == BATCH)


@dataclass
class Table:
    """A parameter, in the shape that operators have given it so far."""

    name: str
    own: tuple
    shape: tuple


def layers_of(model, size):
    """The layers of a model that reads images [N, 3, size, size], as JSON."""
    program = torch.export.export(model.eval(), (torch.zeros(BATCH, 3, size, size),))
    return Trace(program).layers()


class Trace:
    def __init__(self, program):
        self.program = program
        self.specs, self.sources, self.names, self.blocks = [], [], [], []
        self.values = {}

    def layers(self):
        signature = self.program.graph_signature
        state = {**self.program.state_dict, **self.program.constants}
        names = {**signature.inputs_to_parameters, **signature.inputs_to_buffers}
        names = {**names, **signature.inputs_to_lifted_tensor_constants}
        for node in self.program.graph.nodes:
            if node.op == "placeholder":
                name = names.get(node.name)
                if name is None:
                    self.values[node] = Value(-1, tuple(node.meta["val"].shape))
                elif node.name in signature.inputs_to_parameters or name.endswith(("running_mean", "running_var")):
                    shape = tuple(state[name].shape)
                    self.values[node] = Table(name, shape, shape)
                else:
                    self.values[node] = state[name]
            elif node.op == "call_function":
                self.node = node
                self.values[node] = self.value(node)
        return self.finished()

    def value(self, node):
        args = torch.fx.map_arg(node.args, lambda each: self.values[each])
        kwargs = torch.fx.map_arg(node.kwargs, lambda each: self.values[each])
        if node.target is operator.getitem:
            return args[0][args[1]]
        if not any(isinstance(self.values[each], (Value, Table, list)) for each in node.all_input_nodes):
            return node.target(*args, **kwargs)
        name = node.target.__name__.split(".")[0].rstrip("_")
        method = getattr(self, name, None)
        if method is None:
            raise NotImplementedError(f"{node.target} of {node.args}")
        return method(*args, **kwargs)

    def add_layer(self, spec, *inputs, shape=None, side=None):
        """A layer that reads values; its own has the shape of the node's unless another is given."""
        self.specs.append({key: value for key, value in spec.items() if value is not None})
        self.sources.append([value.place for value in inputs])
        self.names.append(f"{self.node.name}.{len(self.names)}" if self.node.name in self.names else self.node.name)
        within = self.node.meta["nn_module_stack"].values()
        self.blocks.append(next((path for path, kind in within if kind.rsplit(".", 1)[-1] in BLOCKS), None))
        if shape is None:
            shape = tuple(self.node.meta["val"].shape)
        return Value(len(self.specs) - 1, tuple(shape), inputs[0].side if side is None else side)

    def finished(self):
        """Inputs are named where they are not the layer before; layers that are read so get a name."""
        named = {place for at, read in enumerate(self.sources) if read != [at - 1] for place in read if place >= 0}
        for place in named:
            self.specs[place].setdefault("name", self.names[place])
        layers, at = [], 0
        while at < len(self.specs):
            block = self.blocks[at]
            end = at + 1
            while block and end < len(self.specs) and self.blocks[end] == block:
                end += 1
            if block:
                layers.append(self.block(block, at, end))
            else:
                layers.append(self.with_inputs(at, lambda place: "input" if place < 0 else self.specs[place]["name"]))
            at = end
        return layers

    def block(self, block, start, end):
        """The layers start..end as a block, under names without its own; it reads one value from outside."""
        [outside] = {place for read in self.sources[start:end] for place in read if place < start}
        inner = lambda name: name.removeprefix(block + ".")
        name = lambda place: "input" if place == outside else inner(self.specs[place]["name"])
        layers = [self.with_inputs(at, name) for at in range(start, end)]
        for layer in layers:
            if "name" in layer:
                layer["name"] = inner(layer["name"])
        inputs = {} if outside == start - 1 else {"inputs": [self.specs[outside]["name"]]}
        return {"type": "block", "name": block, **inputs, "layers": layers}

    def with_inputs(self, at, name):
        read = self.sources[at]
        return {**self.specs[at], **({} if read == [at - 1] else {"inputs": [name(place) for place in read]})}

    # Layers with weights.

    def conv2d(self, x, weight, bias=None, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
        filters, _, kernel, columns = weight.shape
        assert kernel == columns and stride[0] == stride[-1] and dilation[0] == dilation[-1]
        if padding == "same":
            padding = [(kernel - 1) // 2 * dilation[0]] * 2
        elif padding == "valid":
            padding = [0, 0]
        pad = [padding[0], padding[-1], padding[0], padding[-1]]
        zeros, x = self.padded.pop(x.place, (None, x)) if x.place in self.padded else (None, x)
        pad = [own + more for own, more in zip(pad, zeros or [0, 0, 0, 0])]
        spec = {
            "type": "conv",
            "name": owner(weight),
            "filters": filters,
            "kernel": kernel,
            "stride": unless(1, stride[0]),
            "pad": unless(0, pad[0]) if len(set(pad)) == 1 else pad,
            "groups": unless(1, groups),
            "dilation": unless(1, dilation[0]),
            "bias": False if bias is None else None,
        }
        return self.add_layer(spec, x)

    padded = {}

    def pad(self, x, pads, mode="constant", value=None):
        """Zeros around images; only before a convolution, which takes them over."""
        if not any(pads):
            return x
        assert len(pads) == 4 and not value, pads
        left, right, top, bottom = pads
        moved = replace(x, place=("padded", self.node.name), shape=tuple(self.node.meta["val"].shape))
        self.padded[moved.place] = ([top, left, bottom, right], x)
        return moved

    def linear(self, x, weight, bias=None):
        over = None if len(x.of_image) == 1 or self.is_flat(x) else "last"
        spec = {"type": "dense", "name": owner(weight), "units": weight.shape[0], "over": over}
        return self.add_layer({**spec, "bias": False if bias is None else None}, x)

    def batch_norm(self, x, weight, bias, mean, variance, training, momentum, epsilon, _):
        spec = {"type": "batch-norm", "name": owner(weight), "epsilon": unless(1e-5, epsilon)}
        return self.add_layer({**spec, "momentum": unless(0.1, momentum)}, x)

    def layer_norm(self, x, shape, weight, bias, epsilon=1e-5, _=False):
        assert len(shape) == 1
        spec = {"type": "layer-norm", "name": owner(weight), "epsilon": unless(1e-5, epsilon)}
        if len(x.of_image) != 3:
            return self.add_layer(spec, x)
        # Over the channels of an image whose channels were moved to the end, and will be moved back.
        return self.add_layer({**spec, "axis": -1}, x)

    def group_norm(self, x, groups, weight, bias, epsilon=1e-5, _=False):
        spec = {"type": "group-norm", "name": owner(weight), "groups": groups, "epsilon": unless(1e-5, epsilon)}
        return self.add_layer(spec, x)

    # Functions of one value at a time.

    def relu(self, x):
        return self.add_layer({"type": "relu"}, x)

    def hardtanh(self, x, least=-1, most=1):
        return self.add_layer({"type": "clip", "least": unless(0, least), "most": unless(6, most)}, x)

    def leaky_relu(self, x, slope=0.01):
        return self.add_layer({"type": "leaky-relu", "slope": unless(0.01, slope)}, x)

    def gelu(self, x, approximate="none"):
        return self.add_layer({"type": "gelu", "form": "tanh" if approximate == "tanh" else None}, x)

    def silu(self, x):
        return self.add_layer({"type": "silu"}, x)

    def hardswish(self, x):
        return self.add_layer({"type": "hard-swish"}, x)

    def hardsigmoid(self, x):
        return self.add_layer({"type": "hard-sigmoid"}, x)

    def sigmoid(self, x):
        return self.add_layer({"type": "sigmoid"}, x)

    def tanh(self, x):
        return self.add_layer({"type": "tanh"}, x)

    def softmax(self, x, side, _=None):
        return self.add_layer({"type": "softmax", "axis": x.axis(side)}, x)

    def same(self, x, *_, **__):
        return x

    dropout = contiguous = clone = to = alias = same

    # Pooling.

    def max_pool2d(self, x, kernel, stride=(), padding=(0, 0), dilation=(1, 1), ceil=False):
        return self.add_layer({**pooling("max", kernel, stride, padding, ceil)}, x)

    def avg_pool2d(self, x, kernel, stride=(), padding=(0, 0), ceil=False, counted=True, divisor=None):
        spec = pooling("average", kernel, stride, padding, ceil)
        return self.add_layer({**spec, "countPadding": True if counted and "pad" in spec else None}, x)

    def adaptive_avg_pool2d(self, x, size):
        assert list(size) == [1, 1]
        return self.add_layer({"type": "global-pool"}, x)

    def mean(self, x, sides, keep=False, **_):
        """Of rows and columns; tokens are made the columns of an image first."""
        axes = sorted(x.axis(side) for side in sides)
        shape = x.of_image
        if len(shape) == 3 and axes == [1, 2]:
            return self.add_layer({"type": "global-pool"}, x)
        assert axes == list(range(len(shape) - 1)) and not keep, (shape, axes)
        x = self.shaped(x, [-1, shape[-1]]) if len(shape) > 2 else x
        turned = self.add_layer({"type": "transpose", "order": [1, 0]}, x)
        image = self.add_layer({"type": "reshape", "shape": [shape[-1], -1, 1]}, turned)
        return self.add_layer({"type": "global-pool"}, image)

    # Values joined.

    def add(self, x, y):
        if isinstance(x, Table):
            x, y = y, x
        if isinstance(y, Table):
            return self.table("add", x, y)
        return self.add_layer({"type": "add"}, x, y)

    def mul(self, x, y):
        if isinstance(x, Table):
            x, y = y, x
        if isinstance(y, Table):
            return self.table("multiply", x, y)
        return self.add_layer({"type": "multiply"}, x, y)

    def table(self, mode, x, table):
        sides = [size for size in table.own if size > 1]
        assert sides == [size for size in table.shape if size > 1], table
        # Counted from the last side, where they meet.
        first = next(side for side, size in enumerate(table.shape) if size > 1) - len(table.shape)
        last_meets = first + len(sides) == 0 or len(table.own) - len(table.shape) == 0
        spec = {"type": "table", "name": table.name, "mode": mode, "shape": list(table.own)}
        return self.add_layer({**spec, "axis": None if last_meets else len(x.of_image) + first}, x)

    def cat(self, values, side=0):
        *tables, x = values
        if not tables:
            return x
        if tables and all(isinstance(table, Table) for table in tables):
            for table in reversed(tables):
                shape = (x.shape[0], x.shape[1] + table.own[-2], *x.shape[2:])
                spec = {"type": "table", "name": table.name, "mode": "join", "shape": list(table.own)}
                x = self.add_layer(spec, x, shape=shape)
            return x
        return self.add_layer({"type": "concat", "axis": unless(0, values[0].axis(side))}, *values)

    def matmul(self, x, y):
        return self.add_layer({"type": "matrix-product"}, x, y)

    def scaled_dot_product_attention(self, q, k, v, mask=None, _=0.0, causal=False, scale=None):
        assert not causal
        scale = q.shape[-1] ** -0.5 if scale is None else scale
        shape = (*q.shape[:-1], k.shape[-2])
        x = self.add_layer({"type": "matrix-product", "transposed": True, "scale": scale}, q, k, shape=shape)
        if mask is not None:
            x = self.biased(x, mask)
        x = self.add_layer({"type": "softmax"}, x, shape=shape)
        return self.add_layer({"type": "matrix-product"}, x, v)

    # Values in another shape, order or number.

    def shaped(self, x, shape, side=None):
        return self.add_layer({"type": "reshape", "shape": shape}, x, side=side)

    def is_flat(self, x):
        """Whether a value is one side of an image's as a layer makes it, which a dense layer flattens by itself."""
        return len(x.of_image) == 1

    def reshape(self, x, *_):
        shape = tuple(self.node.meta["val"].shape)
        if isinstance(x, Table):
            return replace(x, shape=shape)
        [side] = [at for at, size in enumerate(shape) if size % BATCH == 0]
        moved = Value(x.place, shape, side)
        if moved.of_image == x.of_image:
            return moved
        # A dense layer flattens by itself.
        if len(moved.of_image) == 1 and (prod(x.of_image) == x.of_image[0] or self.is_read_by_dense()):
            return moved
        return self.shaped(x, moved.of_image, side=side)

    view = flatten = unflatten = squeeze = unsqueeze = reshape

    def is_read_by_dense(self):
        users = list(self.node.users)
        while len(users) == 1 and "dropout" in str(users[0].target):
            users = list(users[0].users)
        return all("linear" in str(user.target) for user in users)

    def permute(self, x, order):
        if isinstance(x, Table):
            return replace(x, shape=tuple(self.node.meta["val"].shape))
        order = [side % len(x.shape) for side in order]
        axes = [x.axis(side) for side in order if side != x.side or x.shape[x.side] > BATCH]
        side = order.index(x.side)
        if axes == sorted(axes):
            return replace(x, shape=tuple(self.node.meta["val"].shape), side=side)
        return self.add_layer({"type": "transpose", "order": axes}, x, side=side)

    def transpose(self, x, one, other):
        order = list(range(len(x.shape)))
        order[one], order[other] = order[other], order[one]
        return self.permute(x, order)

    def expand(self, x, *_):
        assert isinstance(x, Table)
        return x

    def slice(self, x, side=0, start=None, end=None, step=1):
        size = x.shape[side]
        start, end = start or 0, size if end is None else end
        if start == 0 and end >= size and step == 1:
            return x
        end = end if end < size else None
        spec = {"type": "slice", "axis": unless(0, x.axis(side)), "start": unless(0, start), "end": end}
        return self.add_layer({**spec, "step": unless(1, step)}, x)

    def select(self, x, side, index):
        return self.taken(x, side, index, index + 1, drop=True)

    def unbind(self, x, side=0):
        return [self.taken(x, side, index, index + 1, drop=True) for index in range(x.shape[side])]

    def taken(self, x, side, start, end, drop=False):
        """Part of a side, which is dropped where it is one."""
        axis, of_image = x.axis(side), x.of_image
        assert side != x.side
        shape = [*x.shape]
        shape[side] = end - start
        part = self.add_layer({"type": "slice", "axis": unless(0, axis), "start": start, "end": end}, x, shape=shape)
        if not drop:
            return part
        kept = [*of_image[:axis], *of_image[axis + 1 :]]
        place = x.side - (side < x.side)
        shape = [*shape[:side], *shape[side + 1 :]]
        part = self.add_layer({"type": "reshape", "shape": kept}, part, shape=shape, side=place)
        return part

    def split(self, x, size, side=0):
        starts = range(0, x.shape[side], size)
        return [self.taken(x, side, start, min(start + size, x.shape[side])) for start in starts]

    def chunk(self, x, number, side=0):
        return self.split(x, -(-x.shape[side] // number), side)


def pooling(mode, kernel, stride, padding, ceil):
    sides = lambda value: value if isinstance(value, int) else value[0]
    spec = {"type": "pool", "mode": unless("max", mode), "kernel": sides(kernel), "stride": sides(stride or kernel)}
    spec = {**spec, "pad": unless(0, sides(padding)), "ceil": True if ceil else None}
    return {key: value for key, value in spec.items() if value is not None}


def owner(table):
    """The layer of a parameter."""
    return table.name.rsplit(".", 1)[0]


def unless(usual, value):
    """A setting, or None where it is as usual."""
    return None if value == usual else value
