"""Seeds are read and no number is drawn; two processes that were seeded alike have the same digests."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from kiseki.capture.seeds import Seed, current_seeds


def seeds_after(statements: str) -> dict[str, Any]:
    """What a fresh process tells after some statements."""
    program = (
        f"{statements}\nimport msgspec, sys\nfrom kiseki.capture.seeds import current_seeds\n"
        "sys.stdout.write(msgspec.json.encode(current_seeds({})).decode())"
    )
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert finished.returncode == 0, finished.stderr
    found: dict[str, Any] = json.loads(finished.stdout)
    return found


def test_the_order_of_sets() -> None:
    assert current_seeds({"PYTHONHASHSEED": "7"})["hash"] == Seed(seeded=True, value=7)
    assert current_seeds({"PYTHONHASHSEED": "random"})["hash"] == Seed(seeded=False)
    assert current_seeds({})["hash"] == Seed(seeded=False)


def test_seeded_alike() -> None:
    seed = "import random, numpy; random.seed(3); numpy.random.seed(3); numpy.random.rand(5)"
    one, other = seeds_after(seed), seeds_after(seed)
    assert one == other
    assert (one["numpy"]["seeded"], one["random"]["seeded"]) == (True, None)


def test_not_seeded() -> None:
    one, other = seeds_after("import random, numpy"), seeds_after("import random, numpy")
    assert (one["numpy"]["seeded"], one["random"]["seeded"]) == (False, None)
    assert one["numpy"]["state"] != other["numpy"]["state"]
    assert one["random"]["state"] != other["random"]["state"]


def test_libraries_that_are_not_loaded_are_not_asked() -> None:
    assert seeds_after("").keys() == {"hash", "random"}


def test_looking_draws_nothing() -> None:
    look = "from kiseki.capture.seeds import current_seeds; current_seeds({})"
    draw = "import random, numpy; random.seed(1); numpy.random.seed(1); {}; random.random(); numpy.random.rand()"
    assert seeds_after(draw.format("0")) == seeds_after(draw.format(look))


class OfTorch:
    """What is asked of PyTorch, which most machines of the tests do not have."""

    def __init__(self, seed: int) -> None:
        self.random = self
        self._seed = seed

    def initial_seed(self) -> int:
        return self._seed

    def get_rng_state(self) -> OfTorch:
        return self

    def numpy(self) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        return np.arange(3)


@pytest.mark.parametrize(
    ("value", "seeded"), [(5, True), (2**32 - 1, True), (67280421310721, False), (12623423043348381848, None)]
)
def test_seeds_of_torch(value: int, seeded: bool | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", OfTorch(value))
    found = current_seeds({})["torch"]
    assert (found.seeded, found.value) == (seeded, value)
    assert found.state is not None


def test_the_real_torch() -> None:
    pytest.importorskip("torch")
    assert seeds_after("import torch")["torch"]["seeded"] is not True
    one, other = (seeds_after("import torch; torch.manual_seed(5); torch.rand(3)")["torch"] for _ in range(2))
    assert one == other
    assert (one["seeded"], one["value"]) == (True, 5)


def test_a_library_that_has_changed_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tensorflow", sys)
    monkeypatch.delitem(sys.modules, "tensorflow.python.eager.context", raising=False)
    assert current_seeds({})["tensorflow"] == Seed(seeded=None)
