"""Writes image classifiers of torchvision and timm as ONNX with both of PyTorch's exporters, random weights:

    python test/pretrained/onnx_families.py FOLDER [FAMILY...]

Each is FOLDER/FAMILY.EXPORTER.onnx. Batch norms get statistics of their own, so that folding them changes weights.
"""

import sys
import warnings
from pathlib import Path

import timm
import torch
import torchvision

warnings.filterwarnings("ignore")

tv = lambda name, **options: lambda: torchvision.models.get_model(name, weights=None, **options)
tm = lambda name, **options: lambda: timm.create_model(name, pretrained=False, **options)
FAMILIES = {
    "resnet18": (tv("resnet18"), 224),
    "resnet50": (tv("resnet50"), 224),
    "resnext50": (tv("resnext50_32x4d"), 224),
    "wide_resnet50": (tv("wide_resnet50_2"), 224),
    "vgg11_bn": (tv("vgg11_bn"), 224),
    "alexnet": (tv("alexnet"), 224),
    "squeezenet": (tv("squeezenet1_1"), 224),
    "densenet121": (tv("densenet121"), 224),
    "mobilenet_v2": (tv("mobilenet_v2"), 224),
    "mobilenet_v3": (tv("mobilenet_v3_large"), 224),
    "efficientnet_b0": (tv("efficientnet_b0"), 224),
    "lite0": (tm("tf_efficientnet_lite0"), 224),
    "convnext": (tv("convnext_tiny"), 224),
    "timm_convnext": (tm("convnext_atto"), 224),
    "vit": (tv("vit_b_16"), 224),
    "timm_vit": (tm("vit_tiny_patch16_224"), 224),
    "deit": (tm("deit_tiny_patch16_224"), 224),
    "dinov2": (tm("vit_small_patch14_dinov2", img_size=224, num_classes=10), 224),
    "regnet": (tv("regnet_y_400mf"), 224),
    "shufflenet": (tv("shufflenet_v2_x1_0"), 224),
    "googlenet": (tv("googlenet", aux_logits=False, init_weights=False), 224),
    "mnasnet": (tv("mnasnet1_0"), 224),
    "timm_mobilenetv3": (tm("mobilenetv3_small_100"), 224),
    "tf_efficientnet_b0": (tm("tf_efficientnet_b0"), 224),
    "timm_resnet18": (tm("resnet18"), 224),
    "swin": (tv("swin_t"), 224),
    "cait": (tm("cait_xxs24_224"), 224),
    "mixer": (tm("mixer_s16_224"), 224),
}


def with_statistics(model):
    torch.manual_seed(1)
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 1.5)
            module.weight.data.uniform_(0.5, 1.5)
            module.bias.data.normal_(0, 0.1)
        if isinstance(module, torch.nn.LayerNorm) and module.elementwise_affine:
            module.weight.data.uniform_(0.5, 1.5)
            module.bias.data.normal_(0, 0.1)
    for name, parameter in model.named_parameters():
        if "head" in name and not parameter.any():
            parameter.data.normal_(0, 0.05)
        if name.endswith(("gamma", "layer_scale")):
            parameter.data.normal_(0.3, 0.1)
    return model.eval()


def export(name, folder):
    make, size = FAMILIES[name]
    torch.manual_seed(0)
    model = with_statistics(make())
    for exporter in ("torchscript", "dynamo"):
        path = folder / f"{name}.{exporter}.onnx"
        if path.exists():
            continue
        images = torch.randn(2, 3, size, size)
        options = {"input_names": ["images"], "output_names": ["logits"]}
        try:
            if exporter == "dynamo":
                batch = {0: torch.export.Dim("batch")}
                torch.onnx.export(model, (images,), path, dynamo=True, dynamic_shapes=(batch,), external_data=False, verbose=False, **options)
            else:
                torch.onnx.export(model, (images,), path, dynamo=False, dynamic_axes={"images": {0: "batch"}}, **options)
            print(path.name, flush=True)
        except Exception as error:
            print(path.name, "not exported:", str(error)[:300], flush=True)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    for name in sys.argv[2:] or FAMILIES:
        export(name, folder)
