"""Seeds are read and no number is drawn; two processes that were seeded alike have the same digests."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

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


def test_torch() -> None:
    pytest.importorskip("torch")
    assert seeds_after("import torch")["torch"] == {
        "seeded": False,
        "value": None,
        "state": seeds_after("import torch")["torch"]["state"],
    }
    assert seeds_after("import torch; torch.manual_seed(5)")["torch"]["value"] == 5


def test_a_library_that_has_changed_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tensorflow", sys)
    assert current_seeds({})["tensorflow"] == Seed(seeded=None)
