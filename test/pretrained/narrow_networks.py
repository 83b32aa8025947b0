"""Networks of few channels and blocks under the names that people's files have, and PyTorch's logits of two images.

    narrow_networks.py FOLDER [NAME ...]

writes FOLDER/NAME.json: the names and shapes of tensors, which families.test.ts fills with the same values (../peers/values.py).
"""

import json
import os
import sys
from functools import partial

import numpy as np
import timm.models as timm
import torch
import torchvision.models as torchvision
from timm.models.vision_transformer import checkpoint_filter_fn
from torch import nn
from torchvision.models.convnext import CNBlockConfig
from torchvision.models.efficientnet import MBConvConfig
from torchvision.models.mobilenetv3 import InvertedResidualConfig

sys.path.append(os.path.join(os.path.dirname(__file__), "..", "peers"))
from torch_networks import CifarResNet, as_authors, as_package, as_transformers, old_densenet, same
from values import initial

CLASSES = 5
basic, deep = timm.resnet.BasicBlock, timm.resnet.Bottleneck


def resnet(block, **settings):
    return timm.ResNet(block, (1, 2, 1, 1), num_classes=CLASSES, channels=(8, 16, 24, 32), **settings)


def as_transformers_resnet(state):
    def name_of(name):
        layer, ending = name.rsplit(".", 1)
        if layer == "fc":
            return f"classifier.1.{ending}"
        if layer in ("conv1", "bn1"):
            return f"resnet.embedder.embedder.{'convolution' if layer == 'conv1' else 'normalization'}.{ending}"
        stage, block, part = layer.split(".", 2)
        path = f"resnet.encoder.stages.{int(stage[-1]) - 1}.layers.{block}"
        if part.startswith("downsample"):
            return f"{path}.shortcut.{'convolution' if part[-1] == '0' else 'normalization'}.{ending}"
        kind = "convolution" if part.startswith("conv") else "normalization"
        return f"{path}.layer.{int(part[-1]) - 1}.{kind}.{ending}"

    return {name_of(name): value for name, value in state.items()}


def vgg(widths, batch_norm):
    """For 64 pixels: 2x2 are left for the classifier."""
    model = torchvision.VGG(torchvision.vgg.make_layers(widths, batch_norm), num_classes=CLASSES)
    model.avgpool = nn.Identity()
    last = [width for width in widths if width != "M"][-1]
    model.classifier[0], model.classifier[3], model.classifier[6] = nn.Linear(last * 4, 32), nn.Linear(32, 32), nn.Linear(32, CLASSES)
    return model


WIDTHS = [8, "M", 8, "M", 16, 16, "M", 16, 16, "M", 24, 24, "M"]


def alexnet():
    model = torchvision.AlexNet(CLASSES)
    widths = [3, 8, 12, 16, 12, 8]
    for place, at in enumerate([0, 3, 6, 8, 10]):
        old = model.features[at]
        model.features[at] = nn.Conv2d(widths[place], widths[place + 1], old.kernel_size, old.stride, old.padding)
    model.classifier[1], model.classifier[4], model.classifier[6] = nn.Linear(8 * 36, 32), nn.Linear(32, 32), nn.Linear(32, CLASSES)
    return model


def mobilenet_v2():
    blocks = [[1, 16, 1, 1], [6, 24, 2, 2], [6, 32, 1, 2], [6, 64, 2, 2], [6, 96, 1, 1], [6, 160, 2, 2], [6, 320, 1, 1]]
    return torchvision.MobileNetV2(CLASSES, 1, blocks)


def mobilenet_v3(size):
    block = partial(InvertedResidualConfig, dilation=1, width_mult=1)
    large = [
        *[block(16, 3, 16, 16, False, "RE", 1), block(16, 3, 64, 24, False, "RE", 2), block(24, 5, 72, 40, True, "RE", 2)],
        *[block(40, 5, 120, 40, True, "RE", 1), block(40, 3, 240, 80, False, "HS", 2), block(80, 3, 480, 112, True, "HS", 1)],
        *[block(112, 5, 672, 160, True, "HS", 2), block(160, 5, 960, 160, True, "HS", 1)],
    ]
    small = [
        *[block(16, 3, 16, 16, True, "RE", 2), block(16, 3, 72, 24, False, "RE", 2), block(24, 3, 88, 24, False, "RE", 1)],
        *[block(24, 5, 96, 40, True, "HS", 2), block(40, 5, 120, 48, True, "HS", 1), block(48, 5, 288, 96, True, "HS", 2)],
    ]
    return torchvision.MobileNetV3(large if size == "large" else small, 64, CLASSES)


def efficientnet():
    block = partial(MBConvConfig, width_mult=0.5, depth_mult=0.4)
    blocks = [
        *[block(1, 3, 1, 32, 16, num_layers=1), block(6, 3, 2, 16, 24, num_layers=2), block(6, 5, 2, 24, 40, num_layers=2)],
        *[block(6, 3, 2, 40, 80, num_layers=3), block(6, 5, 1, 80, 112, num_layers=3), block(6, 5, 2, 112, 192, num_layers=4)],
        block(6, 3, 1, 192, 320, num_layers=1),
    ]
    return torchvision.EfficientNet(blocks, 0.2, num_classes=CLASSES)


def of_timm(make, *scales, **settings):
    return partial(make, "narrow", *scales, num_classes=CLASSES, **settings)


CONVERTED = {"pad_type": "same", "bn_eps": 1e-3}
b0 = of_timm(timm.efficientnet._gen_efficientnet, 0.5, 0.4)
b0_tf = of_timm(timm.efficientnet._gen_efficientnet, 0.5, 0.4, **CONVERTED)
lite = of_timm(timm.efficientnet._gen_efficientnet_lite, 0.5, 0.4)
lite_tf = of_timm(timm.efficientnet._gen_efficientnet_lite, 0.5, 0.4, **CONVERTED)
small_v3 = partial(timm.mobilenetv3._gen_mobilenet_v3, "mobilenetv3_small", 0.5, num_classes=CLASSES)
minimal_v3 = partial(timm.mobilenetv3._gen_mobilenet_v3, "mobilenetv3_large_minimal", 0.5, num_classes=CLASSES, **CONVERTED)


def convnext_tv():
    stages = [CNBlockConfig(8, 16, 1), CNBlockConfig(16, 24, 1), CNBlockConfig(24, 32, 2), CNBlockConfig(32, None, 1)]
    return torchvision.ConvNeXt(stages, num_classes=CLASSES)


def vit(**settings):
    size = {"img_size": 32, "patch_size": 8, "embed_dim": 32, "num_heads": 4, "depth": 2}
    return timm.VisionTransformer(**{"num_classes": CLASSES, **size, **settings})


def distilled():
    size = {"img_size": 32, "patch_size": 8, "embed_dim": 32, "num_heads": 4, "depth": 2}
    return timm.VisionTransformerDistilled(num_classes=CLASSES, **size)


def vit_tv():
    return torchvision.VisionTransformer(32, 8, 2, 4, 32, 64, num_classes=CLASSES)


convnext = partial(timm.ConvNeXt, num_classes=CLASSES, depths=(1, 1, 2, 1), dims=(8, 16, 24, 32))
heads = {"heads": 4}

# Of each: the model, rows and columns of images, what is known beside the tensors, and their names.
NETWORKS = {
    "resnet": (partial(resnet, basic), 64, {}, same),
    "resnet-bottleneck": (partial(resnet, deep), 64, {}, same),
    "resnext": (partial(resnet, deep, cardinality=4, base_width=32), 64, {}, same),
    "wide-resnet": (partial(resnet, deep, base_width=128), 64, {}, same),
    "resnet-transformers": (partial(resnet, basic), 64, {}, as_transformers_resnet),
    "resnet-cifar-a": (partial(CifarResNet, 14, "A", CLASSES, (4, 8, 16)), 32, {}, same),
    "resnet-cifar-b": (partial(CifarResNet, 14, "B", CLASSES, (4, 8, 16)), 32, {}, same),
    "vgg": (partial(vgg, WIDTHS, False), 64, {}, same),
    "vgg-bn": (partial(vgg, WIDTHS, True), 64, {}, same),
    "alexnet": (alexnet, 224, {}, same),
    "squeezenet-1.0": (partial(torchvision.SqueezeNet, "1_0", CLASSES), 64, {}, same),
    "squeezenet-1.1": (partial(torchvision.SqueezeNet, "1_1", CLASSES), 64, {}, same),
    "densenet": (partial(torchvision.DenseNet, 8, (2, 3, 2, 2), 16, num_classes=CLASSES), 64, {}, same),
    "densenet-old-names": (partial(torchvision.DenseNet, 8, (2, 3, 2, 2), 16, num_classes=CLASSES), 64, {}, old_densenet),
    "mobilenet-v2": (mobilenet_v2, 64, {}, same),
    "mobilenet-v2-timm": (of_timm(timm.efficientnet._gen_mobilenet_v2, 0.5, 0.4), 64, {}, same),
    "mobilenet-v3-large": (partial(mobilenet_v3, "large"), 64, {}, same),
    "mobilenet-v3-small": (partial(mobilenet_v3, "small"), 64, {}, same),
    "mobilenet-v3-timm": (small_v3, 64, {}, same),
    "mobilenet-v3-minimal": (minimal_v3, 60, {"name": "tf_mobilenetv3_large_minimal_100"}, same),
    "efficientnet": (efficientnet, 64, {}, same),
    "efficientnet-timm": (b0, 64, {"name": "efficientnet_b0"}, same),
    "efficientnet-converted": (b0_tf, 60, {"name": "tf_efficientnet_b0"}, same),
    "efficientnet-package": (b0_tf, 64, {}, as_package),
    "efficientnet-lite": (lite, 64, {}, same),
    "efficientnet-lite-package": (lite_tf, 60, {}, as_package),
    "convnext": (convnext, 64, {}, same),
    "convnext-pointwise": (partial(convnext, conv_mlp=True), 64, {}, same),
    "convnext-torchvision": (convnext_tv, 64, {}, same),
    "convnext-authors": (convnext, 64, {}, as_authors),
    "vit": (vit, 32, heads, same),
    "vit-without-head": (partial(vit, num_classes=0), 32, heads, same),
    "vit-mean": (partial(vit, global_pool="avg"), 32, heads, same),
    "vit-torchvision": (vit_tv, 32, heads, same),
    "vit-transformers": (partial(vit, norm_layer=partial(nn.LayerNorm, eps=1e-12)), 32, heads, as_transformers),
    "deit-distilled": (distilled, 32, heads, same),
    "deit3": (partial(vit, no_embed_class=True, init_values=0.1), 32, heads, same),
    "dinov2": (partial(vit, init_values=0.1, num_classes=0), 32, heads, same),
    "dinov2-registers": (partial(vit, init_values=0.1, num_classes=0, reg_tokens=3, no_embed_class=True), 32, heads, same),
    "vit-smaller": (vit, 24, heads, same),
    "vit-larger": (vit, 48, heads, same),
}

# Their tables of positions are of images of 32 pixels, and resampled.
RESAMPLED = {"vit-smaller": 24, "vit-larger": 48}


def write(folder, name):
    build, size, hints, names = NETWORKS[name]
    model = build().eval()
    own = model.state_dict()
    # The values follow from the names in the file, so each of the model's own is found by a number that it is given.
    given = names({key: torch.full_like(value, place, dtype=torch.float32) for place, (key, value) in enumerate(own.items())})
    keys = list(own)
    file, parts = {}, {}
    for key, marked in given.items():
        value = initial(key, tuple(marked.shape))
        file[key] = tuple(marked.shape)
        parts.setdefault(keys[int(marked.flatten()[0])], []).append(value)
    state = {key: torch.cat(values).reshape(own[key].shape) if values[0].ndim else own[key] for key, values in parts.items()}
    if name in RESAMPLED:
        model = build(img_size=RESAMPLED[name]).eval()
        state = checkpoint_filter_fn(state, model)
    model.load_state_dict(state)
    images = 2 * initial("images", (2, 3, size, size))
    with torch.no_grad():
        logits = model(images)
    tensors = [f"{key} {'x'.join(map(str, shape)) or 'number'}" for key, shape in file.items()]
    with open(os.path.join(folder, f"{name}.json"), "w") as out:
        head = {"torch": torch.__version__, "size": size, "hints": hints, "logits": [float(str(np.float32(x))) for x in logits.flatten().tolist()]}
        out.write(json.dumps(head)[:-1] + ', "tensors": [\n' + ",\n".join(map(json.dumps, tensors)) + "\n]}\n")


torch.set_num_threads(1)
folder, *chosen = sys.argv[1:]
for name in chosen or NETWORKS:
    write(folder, name)
