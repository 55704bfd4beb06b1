"""What a scenario yields: figures, each with a measurement per peer and the targets for kiseki."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

SUBJECT = "kiseki"


@dataclass(frozen=True, kw_only=True, slots=True)
class Measurement:
    """One peer's value (None when it could not be measured) and how it came about.

    `rounds` are the values of which `value` is the median. `scale` says where the peer was measured at another size.
    `problem` says what went wrong: a check that failed (then the value counts for nothing) or why there is no value.
    """

    value: float | None
    rounds: tuple[float, ...] = ()
    scale: str = ""
    requests: int = 0
    errors: int = 0
    problem: str = ""
    detail: Mapping[str, float | int | str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """What kiseki is to reach: a bound on the value, or on the ratio to the peer that is named."""

    bound: float
    peer: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """One line of the table."""

    scenario: str
    name: str
    unit: str
    higher_is_better: bool
    measurements: Mapping[str, Measurement]
    targets: tuple[Target, ...] = ()
    # False where more or less is not better or worse, so that a ratio says nothing.
    compared: bool = True

    def value(self, peer: str) -> float | None:
        """The peer's value; None where it was not measured or its check failed."""
        measurement = self.measurements.get(peer)
        return None if measurement is None or measurement.problem else measurement.value

    def ratio(self, peer: str) -> float | None:
        """How many times better kiseki is than the peer, whichever direction is better; None if not known."""
        ours, theirs = self.value(SUBJECT), self.value(peer)
        if ours is None or theirs is None or not self.compared:
            return None
        above, below = (ours, theirs) if self.higher_is_better else (theirs, ours)
        return None if below == 0 else above / below

    def reached(self, target: Target) -> bool | None:
        """Whether kiseki reaches the target; None if that is not known."""
        if target.peer:
            ratio = self.ratio(target.peer)
            return None if ratio is None else ratio >= target.bound
        value = self.value(SUBJECT)
        if value is None:
            return None
        return value >= target.bound if self.higher_is_better else value <= target.bound

    def describe(self, target: Target) -> str:
        """The target in words, such as "≥ 300,000 points/s" or "≥ 10× mlflow"."""
        if target.peer:
            return f"≥ {number(target.bound)}× {target.peer}"
        return f"{'≥' if self.higher_is_better else '≤'} {number(target.bound)} {self.unit}"


def number(value: float) -> str:
    """Returns a figure with three or four meaningful digits and thousands separated."""
    if not math.isfinite(value):
        return str(value)
    if abs(value) >= 1000:
        digits = max(0, len(str(int(abs(value)))) - 4)
        return f"{round(value, -digits):,.0f}"
    if abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.3g}"


def scaled(measurement: Measurement, scale: str) -> Measurement:
    """Returns the measurement with a note on its scale."""
    return replace(measurement, scale=scale)
