"""All chance of a run comes from here: a stream of its own for every (seed, purpose, step), never global state."""

import hashlib

import torch


def stream(seed: int, purpose: str, step: int = 0, device: torch.device | str = "cpu") -> torch.Generator:
    """A generator that gives the same numbers whenever it is made for the same seed, purpose and step.

    So a reader that is ahead, or a run that was resumed, draws exactly what it would have drawn otherwise.
    """
    digest = hashlib.blake2b(f"{seed}/{purpose}/{step}".encode(), digest_size=8).digest()
    return torch.Generator(device).manual_seed(int.from_bytes(digest, "big") >> 1)
