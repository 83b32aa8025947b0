"""Networks of torchvision, timm and CIFAR code with random weights, as files that people hold, and what PyTorch makes of them.

    torch_networks.py list                    prints the names
    torch_networks.py FOLDER NAME IMAGES      writes FOLDER/<file>.pth, FOLDER/images.f32 and FOLDER/logits.f32, and prints the
                                              file's name and PyTorch's own error (IMAGES 0: 64, of giants 16)
    torch_networks.py FOLDER FILE.pth         the same of a file, which is one of those in FILES below
"""

import copy
import re
import sys
from functools import partial

import timm
import torch
import torchvision
from timm.models.vision_transformer import checkpoint_filter_fn
from torch import nn
from torch.nn import functional as F


class CifarBlock(nn.Module):
    def __init__(self, inputs, filters, stride, option):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, filters, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(filters)
        self.conv2 = nn.Conv2d(filters, filters, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(filters)
        self.zeros = (filters - inputs) // 2
        if option == "B" and stride > 1:
            self.shortcut = nn.Sequential(nn.Conv2d(inputs, filters, 1, stride, bias=False), nn.BatchNorm2d(filters))
        else:
            self.shortcut = self.padded if stride > 1 else nn.Identity()

    def padded(self, x):
        return F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.zeros, self.zeros))

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + self.shortcut(x))


class CifarResNet(nn.Module):
    """ResNet of 6n + 2 layers for images of 32 pixels (He et al. 2015, section 4.2)."""

    def __init__(self, depth, option="A", classes=10, widths=(16, 32, 64)):
        super().__init__()
        number, inputs = (depth - 2) // 6, widths[0]
        self.conv1 = nn.Conv2d(3, inputs, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(inputs)
        for stage, filters in enumerate(widths):
            blocks = [CifarBlock(filters if i else inputs, filters, 2 if stage and not i else 1, option) for i in range(number)]
            setattr(self, f"layer{stage + 1}", nn.Sequential(*blocks))
            inputs = filters
        self.linear = nn.Linear(inputs, classes)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.linear(x.mean((2, 3)))


def as_package(state):
    """timm's names of an EfficientNet as the package EfficientNet-PyTorch has them."""
    paths = sorted({m[0] for m in (re.match(r"blocks\.\d+\.\d+\.", name) for name in state) if m}, key=lambda path: [*map(int, path.split(".")[1:3])])
    ends = {"conv_stem": "_conv_stem", "bn1": "_bn0", "conv_head": "_conv_head", "bn2": "_bn1", "classifier": "_fc"}
    wide = {"conv_pw": "_expand_conv", "bn1": "_bn0", "conv_dw": "_depthwise_conv", "bn2": "_bn1", "conv_pwl": "_project_conv", "bn3": "_bn2"}
    narrow = {"conv_dw": "_depthwise_conv", "bn1": "_bn1", "conv_pw": "_project_conv", "bn2": "_bn2"}
    weighing = {"se.conv_reduce": "_se_reduce", "se.conv_expand": "_se_expand"}

    def name_of(name):
        layer, ending = name.rsplit(".", 1)
        for number, path in enumerate(paths):
            if name.startswith(path):
                layers = wide if path + "conv_pwl.weight" in state else narrow
                return f"_blocks.{number}.{ {**layers, **weighing}[layer[len(path):]] }.{ending}"
        return f"{ends[layer]}.{ending}"

    return {name_of(name): value for name, value in state.items()}


def as_authors(state):
    """timm's names of a ConvNeXt as its authors have them."""
    rules = [
        (r"^stem\.", "downsample_layers.0."),
        (r"^stages\.(\d+)\.downsample\.", r"downsample_layers.\1."),
        (r"^stages\.(\d+)\.blocks\.(\d+)\.", r"stages.\1.\2."),
        (r"\.conv_dw\.", ".dwconv."),
        (r"\.mlp\.fc", ".pwconv"),
        (r"^head\.norm\.", "norm."),
        (r"^head\.fc\.", "head."),
    ]

    def name_of(name):
        for pattern, to in rules:
            name = re.sub(pattern, to, name)
        return name

    return {name_of(name): value.flatten(1) if "mlp" in name and value.ndim == 4 else value for name, value in state.items()}


def as_transformers(state):
    """timm's names of a vision transformer as the package transformers has them, with queries, keys and values apart."""
    rules = [
        (r"^cls_token", "vit.embeddings.cls_token"),
        (r"^pos_embed", "vit.embeddings.position_embeddings"),
        (r"^patch_embed\.proj", "vit.embeddings.patch_embeddings.projection"),
        (r"^blocks\.", "vit.encoder.layer."),
        (r"\.attn\.(query|key|value)", r".attention.attention.\1"),
        (r"\.attn\.proj", ".attention.output.dense"),
        (r"\.norm1", ".layernorm_before"),
        (r"\.norm2", ".layernorm_after"),
        (r"\.mlp\.fc1", ".intermediate.dense"),
        (r"\.mlp\.fc2", ".output.dense"),
        (r"^norm\.", "vit.layernorm."),
        (r"^head\.", "classifier."),
    ]
    apart = {}
    for name, value in state.items():
        if ".attn.qkv." in name:
            for part, values in zip(["query", "key", "value"], value.chunk(3)):
                apart[name.replace("qkv", part)] = values
        else:
            apart[name] = value

    def name_of(name):
        for pattern, to in rules:
            name = re.sub(pattern, to, name)
        return name

    return {name_of(name): value for name, value in apart.items()}


def old_densenet(state):
    return {re.sub(r"(denselayer\d+\.(?:norm|conv))(\d)", r"\1.\2", name): value for name, value in state.items()}


tv = lambda name, **settings: partial(getattr(torchvision.models, name), **settings)
of_timm = lambda name, **settings: partial(timm.create_model, name, **settings)
same = lambda state: state

# Of each name: the model, its tensors' names, rows and columns of images, and how many of these.
NETWORKS = {}


def add(name, build, size=224, images=64, names=same):
    NETWORKS[name] = (build, names, size, images)


for name in ["resnet18", "resnet34", "resnet50", "resnet101", "resnext50_32x4d", "wide_resnet50_2"]:
    add(name, tv(name))
for name in ["resnet152", "resnext101_32x8d", "wide_resnet101_2"]:
    add(name, tv(name), images=16)
for depth in [20, 32, 44, 56, 110]:
    add(f"resnet{depth}-A", partial(CifarResNet, depth), 32)
add("resnet20-B", partial(CifarResNet, 20, "B"), 32)
add("resnet56-B", partial(CifarResNet, 56, "B"), 32)
for depth in [11, 13, 16, 19]:
    for ending in ["", "_bn"]:
        add(f"vgg{depth}{ending}", tv(f"vgg{depth}{ending}"), images=16)
add("vgg16_bn-timm", of_timm("vgg16_bn"), images=16)
for name in ["alexnet", "squeezenet1_0", "squeezenet1_1"]:
    add(name, tv(name))
for depth in [121, 161, 169, 201]:
    add(f"densenet{depth}", tv(f"densenet{depth}"), images=16 if depth > 150 else 64)
add("densenet121-old", tv("densenet121"), images=16, names=old_densenet)
for name in ["mobilenet_v2", "mobilenet_v3_large", "mobilenet_v3_small"]:
    add(name, tv(name))
for name in ["mobilenetv2_100", "mobilenetv2_050", "mobilenetv3_large_100", "mobilenetv3_small_100", "mobilenetv3_small_050"]:
    add(name, of_timm(name))
for name in ["tf_mobilenetv3_large_100", "tf_mobilenetv3_small_minimal_100"]:
    add(name, of_timm(name))
for number, size in enumerate([224, 240, 288, 300]):
    add(f"efficientnet_b{number}", tv(f"efficientnet_b{number}"), size)
for number, size in enumerate([224, 240, 256, 288]):
    add(f"efficientnet_b{number}-timm", of_timm(f"efficientnet_b{number}"), size)
for number, size in enumerate([224, 240, 260, 300]):
    add(f"tf_efficientnet_b{number}", of_timm(f"tf_efficientnet_b{number}"), size)
    add(f"efficientnet-b{number}-package", of_timm(f"tf_efficientnet_b{number}"), size, names=as_package)
for number, size in enumerate([224, 240, 256]):
    add(f"efficientnet_lite{number}", of_timm(f"efficientnet_lite{number}"), size)
for number, size in enumerate([224, 240, 260]):
    add(f"tf_efficientnet_lite{number}", of_timm(f"tf_efficientnet_lite{number}"), size)
add("efficientnet-lite0-package", of_timm("tf_efficientnet_lite0"), names=as_package)
for name in ["atto", "femto", "pico", "nano", "tiny"]:
    add(f"convnext_{name}", of_timm(f"convnext_{name}"))
for name in ["small", "base"]:
    add(f"convnext_{name}", of_timm(f"convnext_{name}"), images=16)
    add(f"convnext_{name}-torchvision", tv(f"convnext_{name}"), images=16)
add("convnext_tiny-torchvision", tv("convnext_tiny"))
add("convnext_tiny-authors", of_timm("convnext_tiny"), names=as_authors)
for name in ["vit_tiny_patch16_224", "vit_small_patch16_224", "deit_tiny_patch16_224", "deit_small_patch16_224"]:
    add(name, of_timm(name))
add("vit_small_patch32_224", of_timm("vit_small_patch32_224"))
add("vit_tiny_patch16_224-transformers", of_timm("vit_tiny_patch16_224", norm_layer=partial(nn.LayerNorm, eps=1e-12)), names=as_transformers)
for name in ["vit_base_patch16_224", "deit_base_patch16_224", "deit3_base_patch16_224"]:
    add(name, of_timm(name), images=16)
add("vit_base_patch16_384", of_timm("vit_base_patch16_384"), 384, 8)
add("vit_b_16", tv("vit_b_16"), images=16)
add("deit_tiny_distilled_patch16_224", of_timm("deit_tiny_distilled_patch16_224"))
add("deit3_small_patch16_224", of_timm("deit3_small_patch16_224"))
add("vit_small_patch16_224.dino", of_timm("vit_small_patch16_224.dino"))
add("vit_small_patch8_224.dino", of_timm("vit_small_patch8_224.dino"), images=16)
add("vit_small_patch14_dinov2", of_timm("vit_small_patch14_dinov2"))
add("vit_base_patch14_dinov2", of_timm("vit_base_patch14_dinov2"), images=16)
add("vit_small_patch14_reg4_dinov2", of_timm("vit_small_patch14_reg4_dinov2"))
add("vit_base_patch16_224-mean", of_timm("vit_base_patch16_224", global_pool="avg"), images=16)

# Those that a table of positions is resampled for: they are made for images of this size instead.
RESAMPLED = {name: 224 for name in NETWORKS if "dinov2" in name}

# Networks of files that were trained.
FILES = {
    "resnet20-12fca82f.th": (partial(CifarResNet, 20), 32),
    "resnet56-4bfd9763.th": (partial(CifarResNet, 56), 32),
    "efficientnet-lite0-57934424.pth": (partial(timm.create_model, "tf_efficientnet_lite0"), 224),
}


def randomise(model, images):
    """Values that no layer leaves as they are, and running statistics of some images."""
    with torch.no_grad():
        for name, value in model.named_parameters():
            if value.ndim == 1 and name.endswith("weight"):
                value.copy_(1 + 0.3 * torch.randn_like(value))
            elif name.endswith("bias"):
                value.copy_(0.1 * torch.randn_like(value))
            elif name.endswith("gamma") or "layer_scale" in name:
                value.copy_(0.5 + 0.2 * torch.randn_like(value))
            elif "token" in name or "pos" in name:
                value.copy_(0.3 * torch.randn_like(value))
            elif not value.any():
                value.copy_(0.02 * torch.randn_like(value))
        norms = [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]
        for module in norms:
            module.momentum = 1.0
        if norms:
            model.train()
            model(images)
    return model.eval()


def answer(model, images):
    """Logits of images, and PyTorch's own error: of some of them, against the same in float64."""
    with torch.no_grad():
        logits = torch.cat([model(batch) for batch in images.split(16)])
        some = images[:4]
        exact = copy.deepcopy(model).double()(some.double())
        return logits, ((logits[:4] - exact).abs().max() / exact.abs().max()).item()


def made(name):
    build, names, size, number = NETWORKS[name]
    model = build()
    shown = RESAMPLED.get(name, size)
    images = torch.randn(number, 3, shown, shown)
    if name in RESAMPLED:
        smaller = build(img_size=shown)
        randomise(model, images)
        state = model.state_dict()
        smaller.load_state_dict(checkpoint_filter_fn(dict(state), smaller))
        return names(state), images, *answer(smaller.eval(), images)
    randomise(model, images[:16])
    return names(model.state_dict()), images, *answer(model, images)


def read(path):
    build, size = FILES[path.split("/")[-1]]
    model = build()
    held = torch.load(path, map_location="cpu", weights_only=True)
    state = {name.removeprefix("module."): value for name, value in held.get("state_dict", held).items()}
    if "_fc.weight" in state:
        own = model.state_dict()
        package = as_package({name: torch.tensor(place) for place, name in enumerate(own)})
        state = {list(own)[place]: state[name] for name, place in package.items()}
    model.load_state_dict(state)
    images = torch.randn(64, 3, size, size)
    return images, *answer(model.eval(), images)


if __name__ == "__main__":
    torch.manual_seed(0)
    folder, *rest = sys.argv[1:]
    if folder == "list":
        print("\n".join(NETWORKS))
    elif len(rest) == 1:
        images, logits, error = read(rest[0])
        print(rest[0], error)
    else:
        name, number = rest
        if int(number):
            build, names, size, _ = NETWORKS[name]
            NETWORKS[name] = (build, names, size, int(number))
        state, images, logits, error = made(name)
        file = f"{folder}/{name}.pth"
        torch.save(state, file)
        print(file, error)
    if rest:
        images.numpy().tofile(f"{folder}/images.f32")
        logits.numpy().tofile(f"{folder}/logits.f32")
