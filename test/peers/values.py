"""Weights and images that both sides compute, from the names of tensors (peer.ts)."""

import math

import numpy as np
import torch


def uniform(name, count):
    """Of each place the fraction -1..1 that a hash of name and place gives: FNV-1a, and the end of MurmurHash3."""
    seed = 2166136261
    for byte in name.encode():
        seed = ((seed ^ byte) * 16777619) & 0xFFFFFFFF
    with np.errstate(over="ignore"):
        h = np.uint32(seed) + np.arange(count, dtype=np.uint32) * np.uint32(0x9E3779B9)
        h = (h ^ (h >> np.uint32(16))) * np.uint32(0x85EBCA6B)
        h = (h ^ (h >> np.uint32(13))) * np.uint32(0xC2B2AE35)
        h = h ^ (h >> np.uint32(16))
    return (h >> np.uint32(8)).astype(np.float64) / 2**23 - 1


def initial(name, shape):
    """By what the name and shape of a tensor say that it is."""
    u = uniform(name, math.prod(shape))
    if name.endswith("running_var") or (name.endswith(".weight") and len(shape) == 1):
        values = 1 + 0.5 * u
    elif name.endswith(".weight"):
        values = math.sqrt(6 / math.prod(shape[1:])) * u
    else:
        values = 0.5 * u
    return torch.from_numpy(values.astype(np.float32).reshape(shape))
