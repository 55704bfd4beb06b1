"""Verdicts on metrics, and causes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from kiseki.capture.capture import Capture
from kiseki.capture.command import Command
from kiseki.capture.host import this_host
from kiseki.capture.packages import Package
from kiseki.capture.seeds import Seed
from kiseki.capture.source import Source
from kiseki.capture.verdict import (
    MetricDivergence,
    Reproduction,
    Verdict,
    causes_of,
    compare_metrics,
    verdict_on,
    verdict_text,
)
from kiseki.domain.differences import Change, CodeDifference, Difference, FileChange
from kiseki.entities import Metric


def points(*values: float, steps: Sequence[int] = range(99)) -> dict[str, list[Metric]]:
    return {"m": [Metric("m", value, 1000 - place, steps[place]) for place, value in enumerate(values)]}


def test_the_same_points_in_another_order() -> None:
    nan = math.nan
    before = points(1.0, nan, math.inf, steps=[0, 0, 1])
    after = {"m": [*reversed(before["m"])]}
    assert compare_metrics(before, after) == ()
    assert compare_metrics({}, {}) == ()


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ((1.0, 2.0, 4.0), (1.0, 2.5, 2.0), (1, 2.0, 2.5, 0.5, 2)),
        ((1.0, 2.0), (1.0,), (1, 2.0, None, None, 1)),
        ((1.0,), (1.0, 2.0), (1, None, 2.0, None, 1)),
        ((1.0,), (math.nan,), (0, 1.0, "NaN", None, 0)),
        ((-math.inf,), (math.inf,), (0, "-Infinity", "Infinity", None, 0)),
        ((0.0,), (1e-300,), (0, 0.0, 1e-300, 1.0, 0)),
        ((1e308,), (-1e308,), (0, 1e308, -1e308, 2.0, 0)),
        ((5e-324,), (0.0,), (0, 5e-324, 0.0, 1.0, 0)),
    ],
)
def test_the_first_point_that_differs(
    before: tuple[float, ...], after: tuple[float, ...], expected: tuple[Any, ...]
) -> None:
    (found,) = compare_metrics(points(*before), points(*after))
    assert msgspec.structs.astuple(found) == ("m", *expected)


def test_steps_that_are_missing_in_between() -> None:
    (found,) = compare_metrics(points(1.0, 2.0, 3.0, steps=[0, 1, 2]), points(1.0, 3.0, steps=[0, 2]))
    assert (found.step, found.before, found.after, found.relative) == (1, 2.0, None, None)


def test_a_metric_that_only_one_has() -> None:
    (found,) = compare_metrics(points(1.0), {})
    assert (found.key, found.before, found.after, found.relative) == ("m", 1.0, None, None)


@pytest.mark.parametrize(
    ("relative", "tolerance", "expected"),
    [(0.1, 0.0, "diverged"), (0.1, 0.1, "within_tolerance"), (0.1, 0.09, "diverged"), (None, 1e9, "diverged")],
)
def test_tolerance(relative: float | None, tolerance: float, expected: Verdict) -> None:
    one = MetricDivergence(key="m", step=3, before=1.0, after=2.0, relative=relative, relative_step=4)
    assert verdict_on([one], tolerance) == expected
    assert verdict_on([], tolerance) == "identical"


def test_words() -> None:
    one = MetricDivergence(key="m", step=3, before=1.0, after=None, relative=1e-7, relative_step=4)
    found = Reproduction(
        run_id="a",
        new_run_id="b",
        verdict="within_tolerance",
        text="",
        tolerance=1e-6,
        metrics_compared=3,
        metrics=(one,),
        artifacts_compared=9,
        artifacts=tuple(FileChange(path=f"f{number}", status="changed") for number in range(7)),
        params=(Change(name="p", before="1", after="2"),),
    )
    assert verdict_text(found) == (
        "1 of 3 metrics differ by at most 1e-07 of their value (m at step 4), within the tolerance of 1e-06. Params differ: p. "
        "7 of 9 artifacts differ: f0, f1, f2, f3, f4 and 2 more."
    )
    diverged = msgspec.structs.replace(found, verdict="diverged", params=(), artifacts=())
    assert verdict_text(diverged) == (
        "1 of 3 metrics differ. m differs from step 3 on: 1.0 before, nothing now. All 9 artifacts are the same."
    )


def capture(seeds: dict[str, Seed], **fields: Any) -> Capture:
    facts = {
        "run_id": "a",
        "command": Command(kind="script", argv=("python", "a.py"), folder="/", script="/a.py"),
        "source": Source(root="/"),
        "packages": (),
        "host": this_host(),
        "variables": {},
        **fields,
    }
    return Capture(seeds=seeds, **facts)


def test_causes_in_the_order_in_which_they_are_likely() -> None:
    def change(name: str) -> Change:
        return Change(name=name, before="1", after="2")

    difference = Difference(
        run_id="a",
        other_run_id="b",
        code=CodeDifference(
            facts=(change("branch"), change("commit")), files=(FileChange(path="x.py", status="changed"),)
        ),
        packages=(change("kiseki"), change("torch")),
        host=(change("memory"), change("processor"), change("python")),
        variables=(change("PYTHONPATH"), change("OMP_NUM_THREADS")),
        data=(change("d"),),
    )
    before = capture(
        {
            "hash": Seed(seeded=False),
            "numpy": Seed(seeded=False, state="1"),
            "random": Seed(seeded=None, state="1"),
            "torch": Seed(seeded=True, value=1),
            "tensorflow": Seed(seeded=True, value=1),
        },
        packages=(Package(name="own", version="1", url="file:///own", editable=True),),
        problems=("The changes are too large.",),
    )
    after = capture(
        {
            "hash": Seed(seeded=False),
            "numpy": Seed(seeded=False, state="2"),
            "random": Seed(seeded=None, state="2"),
            "torch": Seed(seeded=True, value=2),
            "tensorflow": Seed(seeded=True, value=1),
        }
    )
    assert [(cause.kind, cause.text) for cause in causes_of(difference, before, after)] == [
        ("data", "The data 'd' was 1 and is 2 (digests)."),
        ("code", "The commit was 1 and is 2."),
        ("code", "Files differ: x.py."),
        ("package", "Packages differ: torch was 1 and is 2."),
        ("package", "Python was 1 and is 2."),
        ("code", "The changes are too large."),
        (
            "seed",
            (
                "Random numbers were others: numpy was not seeded; random ended in another state, as it does without a seed; "
                "torch started from 1, then from 2."
            ),
        ),
        ("code", "What is installed from folders of a machine is not recorded and may be another: own."),
        ("hardware", "The machine differs: processor was 1 and is 2."),
        ("unknown", "Variables of the environment differ: OMP_NUM_THREADS."),
    ]


def test_packages_of_folders_are_known_where_the_commit_has_them() -> None:
    packages = (
        Package(name="own", version="1", url="file:///code/own", editable=True),
        Package(name="other", version="1", url="file:///codes/other"),
    )
    nothing = Difference(run_id="a", other_run_id="b", code=CodeDifference())
    text = "What is installed from folders of a machine is not recorded and may be another: {}."
    for commit, names in [("0" * 40, "other"), (None, "own, other")]:
        one = capture({}, packages=packages, source=Source(root="/code", commit=commit))
        assert [(cause.kind, cause.text) for cause in causes_of(nothing, one, one)] == [("code", text.format(names))]


def test_no_cause() -> None:
    same = capture({"random": Seed(seeded=None, state="1")})
    (cause,) = causes_of(Difference(run_id="a", other_run_id="b", code=CodeDifference()), same, same)
    assert cause.kind == "unknown"
    assert cause.text.startswith("Nothing that is recorded differs.")
