"""Models of torchvision and timm, of few channels and blocks, without their stochastic parts."""

from functools import partial

import timm.models as timm
import torchvision.models as torchvision
from torch import nn
from torchvision.models.mobilenetv3 import InvertedResidualConfig
from torchvision.models.regnet import BlockParams

CLASSES = 5

BasicBlock, Bottleneck = timm.resnet.BasicBlock, timm.resnet.Bottleneck


def resnet(block, layers=(1, 2, 1, 1), **settings):
    return timm.ResNet(block, layers, num_classes=CLASSES, stem_width=16, channels=(8, 16, 24, 32), **settings)


def regnet():
    blocks = BlockParams([1, 2, 1], [16, 24, 32], [8, 8, 8], [1.0, 1.0, 1.0], [2, 2, 2], se_ratio=0.25)
    return torchvision.RegNet(blocks, num_classes=CLASSES, stem_width=8)


def densenet():
    return torchvision.DenseNet(8, (2, 3, 2, 2), 16, num_classes=CLASSES)


def vgg_bn():
    """Torchvision's for 64 pixels: its 2x2 pixels at the end go to the classifier as they are."""
    features = torchvision.vgg.make_layers([8, "M", 8, "M", 16, 16, "M", 16, 16, "M", 24, 24, "M"], batch_norm=True)
    model = torchvision.VGG(features, num_classes=CLASSES, dropout=0)
    model.avgpool = nn.Identity()
    model.classifier[0], model.classifier[3] = nn.Linear(24 * 2 * 2, 32), nn.Linear(32, 32)
    model.classifier[6] = nn.Linear(32, CLASSES)
    return model


def squeezenet():
    """With a dense layer above the mean of its features, in place of its convolution below the mean."""
    model = torchvision.SqueezeNet("1_1", num_classes=CLASSES)
    pooled = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, CLASSES))
    model.classifier = pooled
    return model


def mobilenet_v2():
    blocks = [[1, 16, 1, 1], [6, 24, 2, 2], [6, 32, 2, 2], [6, 64, 1, 2]]
    return torchvision.MobileNetV2(CLASSES, 0.25, blocks, dropout=0)


def mobilenet_v3():
    block = partial(InvertedResidualConfig, dilation=1, width_mult=0.25)
    blocks = [
        block(16, 3, 16, 16, True, "RE", 2),
        block(16, 3, 72, 24, False, "RE", 2),
        block(24, 5, 96, 40, True, "HS", 2),
        block(40, 5, 240, 40, True, "HS", 1),
        block(40, 5, 288, 96, True, "HS", 1),
    ]
    return torchvision.MobileNetV3(blocks, 64, CLASSES, dropout=0)


def efficientnet_b0():
    return timm.efficientnet._gen_efficientnet("efficientnet_b0", 0.25, 0.5, num_classes=CLASSES)


def efficientnet_lite():
    return timm.efficientnet._gen_efficientnet_lite("efficientnet_lite0", 0.25, 0.5, num_classes=CLASSES)


def efficientnet_tf():
    """As converted from TensorFlow: padded more after than before an image where strides are 2."""
    settings = {"num_classes": CLASSES, "pad_type": "same", "bn_eps": 1e-3}
    return timm.efficientnet._gen_efficientnet("tf_efficientnet_b0", 0.25, 0.4, **settings)


def shufflenet():
    return torchvision.ShuffleNetV2([2, 2, 2], [8, 16, 32, 48, 64], num_classes=CLASSES)


def convnext():
    dims = (8, 16, 24, 32)
    return timm.ConvNeXt(num_classes=CLASSES, depths=(1, 1, 2, 1), dims=dims, ls_init_value=0.1)


def convnext_64():
    model = timm.ConvNeXt(num_classes=CLASSES, depths=(2, 2, 6, 2), dims=(40, 80, 160, 320), conv_mlp=True)
    model.stem[0] = nn.Conv2d(3, 40, 4, stride=2, padding=1)
    return model


def vit(**settings):
    size = {"img_size": 32, "patch_size": 8, "embed_dim": 32, "num_heads": 4, "depth": 3}
    return timm.VisionTransformer(num_classes=CLASSES, **size, **settings)


def deit():
    """As of DeiT III: a class token without position, and layer scale. Before it, its networks were those of ViT."""
    return vit(no_embed_class=True, init_values=0.1)


def swin():
    size = {"img_size": 64, "patch_size": 4, "window_size": 4, "embed_dim": 16, "depths": (2, 2), "num_heads": (2, 4)}
    return timm.SwinTransformer(num_classes=CLASSES, drop_path_rate=0, **size)


# As they are trained today; the steps of values with small gradients would be all rounding without a large epsilon.
ADAMW = {"learningRate": 0.05, "momentum": 0.9, "weightDecay": 0.1, "optimiser": {"kind": "adamw", "beta2": 0.99, "epsilon": 0.01}}

# Decay is strong, as it is all that changes a bias that batch norm takes away again, whose gradient is 0 but for rounding.
SGD = {"learningRate": 0.5, "momentum": 0.9, "weightDecay": 0.1}

# Networks that Transplant has: their layers are not traced, so that its own are held to these models.
BUILT_IN = {"resnet-18", "convnext-64"}

# Of each family: rows and columns of its images, the model, how it is trained, and for how many steps.
FAMILIES = {
    "resnet18": (64, partial(resnet, BasicBlock), SGD, 1),
    "resnet50": (64, partial(resnet, Bottleneck), SGD, 1),
    "resnext": (64, partial(resnet, Bottleneck, cardinality=4, base_width=32), SGD, 1),
    "wide_resnet": (64, partial(resnet, Bottleneck, base_width=128), SGD, 1),
    "regnet": (64, regnet, SGD, 1),
    "densenet": (64, densenet, SGD, 1),
    "vgg_bn": (64, vgg_bn, {**SGD, "weightDecay": 0.5}, 1),
    "squeezenet": (64, squeezenet, SGD, 1),
    "mobilenet_v2": (64, mobilenet_v2, SGD, 1),
    "mobilenet_v3": (64, mobilenet_v3, SGD, 1),
    "efficientnet_b0": (64, efficientnet_b0, SGD, 1),
    "efficientnet_lite": (64, efficientnet_lite, SGD, 1),
    "efficientnet_tf": (64, efficientnet_tf, SGD, 1),
    "shufflenet": (64, shufflenet, SGD, 1),
    "convnext": (64, convnext, SGD, 1),
    "vit": (32, vit, SGD, 1),
    "deit": (32, deit, SGD, 1),
    "swin": (64, swin, SGD, 1),
    "resnet-18": (64, partial(torchvision.resnet18, num_classes=CLASSES), {**SGD, "batchSize": 2}, 1),
    "convnext-64": (64, convnext_64, {**SGD, "batchSize": 2}, 1),
    "resnet18-16-images": (64, partial(resnet, BasicBlock), {**SGD, "batchSize": 16}, 1),
    "resnet18-3-steps": (64, partial(resnet, BasicBlock), {**SGD, "learningRate": 0.1}, 3),
    "resnet18-smoothed": (64, partial(resnet, BasicBlock), {**SGD, "labelSmoothing": 0.2}, 1),
    "resnet18-clipped": (64, partial(resnet, BasicBlock), {**SGD, "clipNorm": 0.5}, 1),
    "vit-adamw": (32, vit, ADAMW, 3),
    "vit-adamw-smoothed-clipped": (32, vit, {**ADAMW, "labelSmoothing": 0.1, "clipNorm": 0.5}, 3),
}
