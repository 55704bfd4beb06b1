"""Whether a run that was made again gave the same as before, and the likely causes where it did not."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Final, Literal

import msgspec

from kiseki.capture.capture import Capture
from kiseki.capture.seeds import Seed
from kiseki.domain.differences import Change, Difference, FileChange
from kiseki.domain.metrics import json_number
from kiseki.entities import Metric

REPRODUCTION_FILE: Final = "reproduction.json"
"""In the folder of captures, of the new run."""

REPRODUCES_TAG: Final = "kiseki.reproduces"
VERDICT_TAG: Final = "kiseki.reproduction.verdict"
FORKED_TAG: Final = "kiseki.forkedFrom"
REPRODUCED_TAG: Final = "kiseki.reproduced"
REPRODUCED_BY_TAG: Final = "kiseki.reproducedBy"

Verdict = Literal["identical", "within_tolerance", "diverged", "not_runnable"]
CauseKind = Literal["data", "package", "code", "hardware", "seed", "unknown"]

_MACHINE: Final = frozenset({"cpus", "gpus", "machine", "processor", "system"})
_NO_CAUSE: Final = frozenset({"kiseki", "mlflow", "pip", "setuptools", "uv", "wheel"})
_SHOWN: Final = 5

Point = tuple[int, float]
"""Step and value."""


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """What may have made the difference, or what stands in the way."""

    kind: CauseKind
    text: str


class MetricDivergence(msgspec.Struct, frozen=True, kw_only=True):
    """A metric whose points are not the same: the first that is not, and how far values are apart."""

    key: str
    step: int
    before: float | str | None
    """The value at that step; a number, or "NaN", "Infinity", "-Infinity"; None where there is none."""
    after: float | str | None
    relative: float | None
    """The largest |after - before| / max(|before|, |after|); None where a point is missing or no finite number."""
    relative_step: int
    """Where that is."""


class Reproduction(msgspec.Struct, frozen=True, kw_only=True):
    """What came of making a run again. `kiseki/reproduction.json` of the new run has it."""

    run_id: str
    new_run_id: str
    verdict: Verdict | None
    """None for a fork, which ran with other arguments."""
    text: str
    """The verdict in words; of what is not runnable, what is missing and what to do."""
    tolerance: float
    metrics_compared: int = 0
    points_compared: int = 0
    metrics: tuple[MetricDivergence, ...] = ()
    """Those that differ."""
    params: tuple[Change, ...] = ()
    artifacts_compared: int = 0
    artifacts: tuple[FileChange, ...] = ()
    """Those that differ."""
    causes: tuple[Cause, ...] = ()
    """The likeliest first."""
    notes: tuple[str, ...] = ()
    difference: Difference | None = None


def compare_metrics(
    before: Mapping[str, Sequence[Metric]], after: Mapping[str, Sequence[Metric]]
) -> tuple[MetricDivergence, ...]:
    """The metrics that are not the same, bit for bit, at every step.

    Points of one step are compared in the order of their values: the order in which they came within a millisecond is not
    known.
    """
    found = (
        _divergence(key, _points(before.get(key, ())), _points(after.get(key, ()))) for key in sorted({*before, *after})
    )
    return tuple(one for one in found if one is not None)


def verdict_on(metrics: Sequence[MetricDivergence], tolerance: float) -> Verdict:
    """The verdict on metrics of which these differ."""
    if not metrics:
        return "identical"
    near = all(one.relative is not None and one.relative <= tolerance for one in metrics)
    return "within_tolerance" if near else "diverged"


def verdict_text(found: Reproduction) -> str:
    """The verdict in words."""
    parts = []
    differ = found.metrics
    if found.verdict == "within_tolerance":
        most = max(differ, key=lambda one: one.relative or 0.0)
        parts.append(
            f"{len(differ)} of {found.metrics_compared} metrics differ by at most {most.relative:.3g} of their value "
            f"({most.key} at step {most.relative_step}), within the tolerance of {found.tolerance:g}."
        )
    elif differ:
        first = differ[0]
        parts.append(
            f"{len(differ)} of {found.metrics_compared} metrics differ. {first.key} differs from step {first.step} on: "
            f"{_shown(first.before)} before, {_shown(first.after)} now."
        )
    elif found.metrics_compared:
        parts.append(
            f"All {found.points_compared} points of {found.metrics_compared} metrics are the same, bit for bit."
        )
    if found.params:
        parts.append(f"Params differ: {_some(one.name for one in found.params)}.")
    if found.artifacts:
        parts.append(
            f"{len(found.artifacts)} of {found.artifacts_compared} artifacts differ: "
            f"{_some(one.path for one in found.artifacts)}."
        )
    elif found.artifacts_compared:
        parts.append(f"All {found.artifacts_compared} artifacts are the same.")
    return " ".join(parts)


def causes_of(difference: Difference, before: Capture | None, after: Capture | None) -> tuple[Cause, ...]:
    """What may have made two runs differ, the likeliest first."""
    found = [Cause(kind="data", text=f"The data {data.name!r} {_became(data)} (digests).") for data in difference.data]
    code = difference.code
    found += [
        Cause(kind="code", text=f"The {fact.name} {_became(fact)}.")
        for fact in code.facts
        if fact.name not in {"branch", "repository"}
    ]
    if code.files:
        found.append(Cause(kind="code", text=f"Files differ: {_some(file.path for file in code.files)}."))
    packages = [one for one in difference.packages if one.name not in _NO_CAUSE]
    if packages:
        found.append(
            Cause(kind="package", text=f"Packages differ: {_some(f'{one.name} {_became(one)}' for one in packages)}.")
        )
    found += [Cause(kind="package", text=f"Python {_became(one)}.") for one in difference.host if one.name == "python"]
    if before is not None and after is not None:
        found += [Cause(kind="code", text=problem) for problem in before.problems]
        found += _seed_causes(before.seeds, after.seeds)
        source = before.source
        local = [
            one.name
            for one in before.packages
            if one.is_local
            and one.name not in _NO_CAUSE
            # What is in the repository is what the code is.
            and (source.commit is None or one.place_in(source.root) is None)
        ]
        if local:
            text = f"What is installed from folders of a machine is not recorded and may be another: {_some(local)}."
            found.append(Cause(kind="code", text=text))
    machine = [one for one in difference.host if one.name in _MACHINE]
    if machine:
        found.append(
            Cause(
                kind="hardware", text=f"The machine differs: {_some(f'{one.name} {_became(one)}' for one in machine)}."
            )
        )
    # The path of modules is that of the code, which lies elsewhere.
    variables = [one.name for one in difference.variables if one.name != "PYTHONPATH"]
    if variables:
        found.append(Cause(kind="unknown", text=f"Variables of the environment differ: {_some(variables)}."))
    if before is None:
        text = "The packages of the run were not recorded; others may have been installed since."
        found.append(Cause(kind="package", text=text))
    if not found:
        found.append(
            Cause(
                kind="unknown",
                text="Nothing that is recorded differs. What is left: threads and kernels whose order varies, generators of "
                "random numbers that the code makes itself, the time of day, and data that no log_input names.",
            )
        )
    return tuple(found)


def _seed_causes(before: Mapping[str, Seed], after: Mapping[str, Seed]) -> list[Cause]:
    found = []
    # The order of sets changes few programs, and PYTHONHASHSEED is set again where it was.
    for library in sorted({*before} & {*after} - {"hash"}):
        first, second = before[library], after[library]
        if first.seeded is False and second.seeded is False:
            found.append(f"{library} was not seeded")
        elif first.value != second.value:
            found.append(f"{library} started from {first.value}, then from {second.value}")
        elif first.seeded is None and first.state != second.state:
            found.append(f"{library} ended in another state, as it does without a seed")
    return [Cause(kind="seed", text=f"Random numbers were others: {'; '.join(found)}.")] if found else []


def _points(metrics: Iterable[Metric]) -> list[Point]:
    return sorted(((one.step, one.value) for one in metrics), key=lambda one: (one[0], math.isnan(one[1]), one[1]))


def _divergence(key: str, before: Sequence[Point], after: Sequence[Point]) -> MetricDivergence | None:
    first: tuple[int, float | None, float | None] | None = None
    largest, place = -1.0, 0
    for one, other in zip_longest(before, after):
        step = min(point[0] for point in (one, other) if point is not None)
        value, new = (point[1] if point is not None and point[0] == step else None for point in (one, other))
        apart = _apart(value, new)
        if apart is None:
            continue
        first = first or (step, value, new)
        if apart > largest:
            largest, place = apart, step
    if first is None:
        return None
    return MetricDivergence(
        key=key,
        step=first[0],
        before=None if first[1] is None else json_number(first[1]),
        after=None if first[2] is None else json_number(first[2]),
        relative=largest if math.isfinite(largest) else None,
        relative_step=place,
    )


def _apart(before: float | None, after: float | None) -> float | None:
    """How far apart two values are, relative to the larger; None for the same."""
    if before is None or after is None:
        return math.inf
    if before == after or (math.isnan(before) and math.isnan(after)):
        return None
    if not (math.isfinite(before) and math.isfinite(after)):
        return math.inf
    # The difference itself may be too large, or too small, for a number.
    scale = max(abs(before), abs(after))
    return abs(after / scale - before / scale)


def _became(change: Change) -> str:
    return f"was {change.before or 'not there'} and is {change.after or 'not there'}"


def _shown(value: float | str | None) -> str:
    return "nothing" if value is None else str(value)


def _some(names: Iterable[str]) -> str:
    listed = list(names)
    more = len(listed) - _SHOWN
    return ", ".join(listed[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
