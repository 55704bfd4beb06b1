"""What differs between two runs: in how they came about, and in what they gave."""

from __future__ import annotations

from typing import Literal

import msgspec


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is not the same in both; None where a run has no such thing, or nothing is known of it."""

    name: str
    before: str | None
    after: str | None


class FileChange(msgspec.Struct, frozen=True, kw_only=True):
    """A file whose content is not the same in both."""

    path: str
    status: Literal["added", "removed", "changed"]


class CodeDifference(msgspec.Struct, frozen=True, kw_only=True):
    """What differs in the code.

    `facts` are named `command`, `repository`, `commit`, `branch` and `submodule PATH`. `files` and `diff` are of what is in no
    commit: changes of files that git knows, and files that it does not know. At one commit that is all; between two commits
    git has the rest: `git diff BEFORE AFTER`.
    """

    facts: tuple[Change, ...] = ()
    files: tuple[FileChange, ...] = ()
    diff: str = ""
    """Unified; `@@` has no numbers where a line's number is not known."""
    diff_is_whole: bool = True
    """Whether it has all lines that differ: not those of large and binary files and of files that were not kept."""


class MetricDifference(msgspec.Struct, frozen=True, kw_only=True):
    """The last value of a metric in both; a number, or "NaN", "Infinity", "-Infinity", None where a run has none."""

    key: str
    before: float | str | None
    after: float | str | None
    difference: float | None
    """After less before; None where either is no finite number."""


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """What differs between the run `run_id` (before) and the run `other_run_id` (after)."""

    run_id: str
    other_run_id: str
    code: CodeDifference
    packages: tuple[Change, ...] = ()
    """By name, with versions."""
    host: tuple[Change, ...] = ()
    """`python`, `implementation`, `system`, `machine`, `processor`, `cpus`, `memory`, `gpus`."""
    variables: tuple[Change, ...] = ()
    seeds: tuple[Change, ...] = ()
    """By library."""
    params: tuple[Change, ...] = ()
    data: tuple[Change, ...] = ()
    """Data sets by name and context, with digests."""
    metrics: tuple[MetricDifference, ...] = ()
    """Of all metrics but those of the machine, the same ones too."""
    problems: tuple[str, ...] = ()
    """What could not be compared, and why."""
