"""Small files as torch.save writes them, for pytorch.test.ts.

    torch_files.py FOLDER
"""

import json
import os
import sys
from collections import OrderedDict

import torch

folder = sys.argv[1]
path = lambda name: os.path.join(folder, name)
torch.manual_seed(0)

base = torch.arange(24, dtype=torch.float32).reshape(4, 6)
state = OrderedDict(
    plain=torch.randn(2, 3),
    half=torch.randn(5).half(),
    brain=torch.randn(5).bfloat16(),
    double=torch.randn(2, 2).double(),
    number=torch.tensor(1.5),
    counted=torch.tensor(7),
    empty=torch.zeros(0, 3),
    turned=base.t(),
    part=base[1:3, ::2],
    shared=base[0],
    images=torch.randn(2, 3, 2, 2).to(memory_format=torch.channels_last),
    parameter=torch.nn.Parameter(torch.randn(3)),
)
state._metadata = OrderedDict({"": {"version": 1}})
checkpoint = {"epoch": 3, "best": 91.25, "notes": ["a", ("b", None, True)], 5: {"lr": 1e-3}, "state_dict": state}
torch.save(checkpoint, path("zip.pth"))
torch.save(checkpoint, path("old.pth"), _use_new_zipfile_serialization=False)
torch.save(torch.nn.Linear(2, 1), path("module.pth"))
torch.jit.script(torch.nn.Linear(2, 1)).save(path("script.pt"))
values = {name: {"shape": [*value.shape], "values": value.detach().float().flatten().tolist()} for name, value in state.items() if value.is_floating_point()}
with open(path("values.json"), "w") as out:
    json.dump({"torch": torch.__version__, "state": values}, out, indent=1)
    out.write("\n")
