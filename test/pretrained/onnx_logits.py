"""What onnxruntime makes of images of noise, as FILE.images.f32 and FILE.logits.f32:

    python test/pretrained/onnx_logits.py FILE.onnx IMAGES
"""

import sys

import numpy as np
import onnxruntime

file, number = sys.argv[1], int(sys.argv[2])
session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
[input] = session.get_inputs()
sides = [side if isinstance(side, int) else 1 for side in input.shape[1:]]
images = np.random.default_rng(0).standard_normal((number, *sides), dtype=np.float32)
made = [session.run(None, {input.name: images[at : at + 1]})[0] for at in range(number)]
images.tofile(file.replace(".onnx", ".images.f32"))
np.concatenate(made).astype(np.float32).tofile(file.replace(".onnx", ".logits.f32"))
