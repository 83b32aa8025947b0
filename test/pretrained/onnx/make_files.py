"""Writes small classifiers as PyTorch's two exporters do, for the tests beside this file:

    python test/pretrained/onnx/make_files.py [NAME...]

The blocks are those of torchvision and timm with few channels and random weights.
"""

import sys
import warnings
from pathlib import Path

import onnx
import torch
from torch import nn
from timm.models.convnext import ConvNeXt
from timm.models.vision_transformer import VisionTransformer
from torchvision.models.densenet import DenseNet
from torchvision.models.mobilenetv3 import InvertedResidualConfig, MobileNetV3
from torchvision.models.resnet import BasicBlock, ResNet
from torchvision.models.shufflenetv2 import ShuffleNetV2

warnings.filterwarnings("ignore")
FOLDER = Path(__file__).parent / "files"


class SmallResNet(ResNet):
    def __init__(self):
        super().__init__(BasicBlock, [1, 1, 1, 1], num_classes=7)
        self.conv1 = nn.Conv2d(3, 4, 3, 2, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(4)
        self.inplanes = 4
        self.layer1 = self._make_layer(BasicBlock, 4, 2)
        self.layer2 = self._make_layer(BasicBlock, 8, 2, stride=2)
        self.layer3, self.layer4 = nn.Identity(), nn.Identity()
        self.fc = nn.Linear(8, 7)


class Fire(nn.Module):
    def __init__(self):
        super().__init__()
        self.squeeze = nn.Conv2d(6, 4, 1)
        self.expand1x1, self.expand3x3 = nn.Conv2d(4, 4, 1), nn.Conv2d(4, 4, 3, padding=1)

    def forward(self, x):
        x = self.squeeze(x).relu()
        return torch.cat([self.expand1x1(x).relu(), self.expand3x3(x).relu()], 1)


def squeeze_net():
    features = nn.Sequential(nn.Conv2d(3, 6, 3, 2), nn.ReLU(), nn.MaxPool2d(3, 2, ceil_mode=True), Fire())
    return nn.Sequential(features, nn.Conv2d(8, 7, 1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())


def mobile_net():
    block = lambda *values: InvertedResidualConfig(*values, width_mult=1)
    settings = [block(8, 3, 8, 8, True, "RE", 2, 1), block(8, 3, 16, 8, True, "HS", 1, 1), block(8, 5, 16, 8, False, "HS", 2, 1)]
    return MobileNetV3(settings, last_channel=16, num_classes=7)


MODELS = {
    "resnet": SmallResNet,
    "squeezenet": squeeze_net,
    "mobilenet": mobile_net,
    "densenet": lambda: DenseNet(4, (2, 2), 8, num_classes=7),
    "shufflenet": lambda: ShuffleNetV2([2, 1, 1], [4, 8, 8, 8, 8], num_classes=7),
    "convnext": lambda: ConvNeXt(depths=(1, 2, 1, 1), dims=(4, 8, 8, 8), num_classes=7),
    "vit": lambda: VisionTransformer(32, 8, embed_dim=16, depth=2, num_heads=2, num_classes=7, init_values=0.1),
}


def randomised(model):
    torch.manual_seed(1)
    for name, value in model.named_parameters():
        value.data.normal_(0.5 if name.endswith("gamma") else 0, 0.3)
        if value.dim() == 1 and name.endswith("weight"):
            value.data.add_(1)
    for name, value in model.named_buffers():
        if name.endswith("running_var"):
            value.uniform_(0.5, 1.5)
        if name.endswith("running_mean"):
            value.normal_(0, 0.1)
    return model.eval()


def without_traces(path):
    """Where in the source nodes come from is most of a small file."""
    model = onnx.load(path)
    for node in model.graph.node:
        kept = [(each.key, each.value) for each in node.metadata_props if each.key.endswith("name_scopes")]
        del node.metadata_props[:]
        for key, value in kept:
            node.metadata_props.add(key=key, value=value)
        node.ClearField("doc_string")
    for value in [*model.graph.value_info, *model.graph.input, *model.graph.output]:
        del value.metadata_props[:]
    del model.graph.value_info[:]
    del model.graph.metadata_props[:]
    onnx.save(model, path)


for name in sys.argv[1:] or MODELS:
    for exporter in ("torchscript", "dynamo"):
        torch.manual_seed(0)
        model = randomised(MODELS[name]())
        path = FOLDER / f"{name}.{exporter}.onnx"
        names = {"input_names": ["images"], "output_names": ["logits"]}
        images = torch.zeros(2, 3, 32, 32)
        if exporter == "dynamo":
            batch = {0: torch.export.Dim("batch")}
            torch.onnx.export(model, (images,), path, dynamo=True, dynamic_shapes=(batch,), external_data=False, verbose=False, **names)
        else:
            opset = {"vit": 14, "convnext": 11}.get(name, 17)
            torch.onnx.export(model, (images,), path, dynamo=False, opset_version=opset, dynamic_axes={"images": {0: "n"}}, **names)
        without_traces(path)
        print(path.name, path.stat().st_size)
