"""The tables: on the console, as Markdown, and the files in bench/results."""

import dataclasses
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.figures import SUBJECT, Figure, Measurement, Target, number

_PREFACE = """# Benchmark

Made by `python -m bench`; do not edit. Ratios say how many times better kiseki is, in one session, on one machine, with
the same durability. A size in brackets says that this figure was taken at another scale than kiseki's, because the
peer takes too long at that one.
"""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """The result of one session: when, of which commit, on what machine, how, and the figures."""

    name: str
    date: str
    commit: str
    settings: Mapping[str, Any]
    machine: Mapping[str, Any]
    versions: Mapping[str, str]
    durability: Mapping[str, str]
    notes: tuple[str, ...]
    figures: tuple[Figure, ...]

    @property
    def peers(self) -> tuple[str, ...]:
        """The peers that have a measurement, kiseki first."""
        names = dict.fromkeys(name for figure in self.figures for name in figure.measurements)
        return tuple(sorted(names, key=lambda name: name != SUBJECT))


def encode(report: Report) -> str:
    """Returns the report as JSON; the ratios and verdicts are written too, for readers that do not compute."""
    content = dataclasses.asdict(report)
    for figure, encoded in zip(report.figures, content["figures"], strict=True):
        encoded["ratios"] = {peer: figure.ratio(peer) for peer in figure.measurements if peer != SUBJECT}
        encoded["reached"] = {figure.describe(target): figure.reached(target) for target in figure.targets}
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def decode(text: str) -> Report:
    """Returns the report that `encode` wrote."""
    content = json.loads(text)
    figures = []
    for item in content.pop("figures"):
        del item["ratios"], item["reached"]
        measurements = {
            peer: Measurement(**{**fields, "rounds": tuple(fields["rounds"])})
            for peer, fields in item.pop("measurements").items()
        }
        targets = tuple(Target(**target) for target in item.pop("targets"))
        figures.append(Figure(**item, measurements=measurements, targets=targets))
    content["notes"] = tuple(content["notes"])
    return Report(**content, figures=tuple(figures))


def write(report: Report, folder: Path) -> Path:
    """Writes the report as JSON and composes latest.md anew; returns the path of the JSON."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{report.date.replace(':', '').replace(' ', 'T')}-{report.name}.json"
    path.write_text(encode(report), encoding="utf-8")
    reports = [decode(each.read_text(encoding="utf-8")) for each in folder.glob("*.json")]
    (folder / "latest.md").write_text(latest(reports), encoding="utf-8")
    return path


def latest(reports: Iterable[Report]) -> str:
    """Returns the newest table of every scenario as Markdown.

    Ratios are always of one session. Sessions that are quick or lack a peer are shown where there is no better one.
    """
    newest: dict[tuple[str, str], Report] = {}
    for report in sorted(reports, key=lambda each: (not each.settings["quick"], len(each.versions) >= 3, each.date)):
        newest.update(dict.fromkeys((_subject(report, figure) for figure in report.figures), report))
    sessions = sorted({id(report): report for report in newest.values()}.values(), key=lambda each: each.date)
    parts = [_PREFACE]
    for session in reversed(sessions):
        shown = [figure for figure in session.figures if newest[_subject(session, figure)] is session]
        parts.append(markdown(dataclasses.replace(session, figures=tuple(shown))))
    return "\n".join(parts)


def _subject(report: Report, figure: Figure) -> tuple[str, str]:
    """What a figure is about: a scenario on a kind of database."""
    return str(report.settings.get("database", "")), figure.scenario


def markdown(report: Report) -> str:
    """Returns one report as a Markdown section."""
    machine = report.machine
    settings = report.settings
    conditions = (
        f"{machine['processor']}, {machine['processors']} processors, {machine['memory_gib']} GiB, "
        f"{machine['system']}, Python {machine['python']}; load at the start {machine['load']}; "
        f"fsync {machine['fsync_p50_ms']} ms (p50), {machine['fsync_p95_ms']} ms (p95). "
        f"{settings['clients']} clients, {settings['rounds']} rounds"
        f"{_length(settings['seconds'])}, clients and servers share the processors.\n"
    )
    lines = [
        f"## {report.date} · {report.name} · commit {report.commit}\n",
        conditions,
        *(f"- {peer} {version}: {report.durability.get(peer, '')}" for peer, version in report.versions.items()),
        *(f"- {note}" for note in report.notes),
        "",
    ]
    header, rows = _table(report)
    lines.append("| " + " | ".join(header) + " |")
    lines.append("|" + "---|" * len(header))
    lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    problems = _problems(report)
    if problems:
        lines += ["", *(f"- {problem}" for problem in problems)]
    return "\n".join(lines) + "\n"


def console(report: Report) -> str:
    """Returns one report as a table for a terminal."""
    header, rows = _table(report)
    widths = [max(len(row[column]) for row in [header, *rows]) for column in range(len(header))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in [header, *rows]]
    lines.insert(1, "  ".join("-" * width for width in widths))
    remarks = [*report.notes, *(f"! {problem}" for problem in _problems(report))]
    return "\n".join([*(line.rstrip() for line in lines), *remarks])


def _length(seconds: float) -> str:
    return f" of {seconds:g} s" if seconds else ""


def _table(report: Report) -> tuple[list[str], list[list[str]]]:
    peers = report.peers
    header = ["figure", "unit", *peers, *(f"× {peer}" for peer in peers if peer != SUBJECT), "target", "reached"]
    rows = []
    for figure in report.figures:
        ratios = (figure.ratio(peer) for peer in peers if peer != SUBJECT)
        rows.append(
            [
                figure.name,
                figure.unit,
                *(_cell(figure.measurements.get(peer)) for peer in peers),
                *("–" if ratio is None else f"{number(ratio)}×" for ratio in ratios),
                ", ".join(figure.describe(target) for target in figure.targets) or "–",
                _verdict(figure),
            ]
        )
    return header, rows


def _cell(measurement: Measurement | None) -> str:
    if measurement is None:
        return "–"
    if measurement.value is None:
        return "failed"
    text = number(measurement.value)
    if measurement.scale:
        text += f" [{measurement.scale}]"
    if measurement.errors:
        text += f" ({measurement.errors:,} of {measurement.requests:,} failed)"
    return text + " WRONG" if measurement.problem else text


def _verdict(figure: Figure) -> str:
    if not figure.targets:
        return "–"
    verdicts = [figure.reached(target) for target in figure.targets]
    if all(verdicts):
        return "yes"
    if False not in verdicts:
        return "not known"
    missed = [figure.describe(target) for target in figure.targets if figure.reached(target) is False]
    return "**no**" if len(missed) == len(verdicts) else "**no**: " + ", ".join(missed)


def _problems(report: Report) -> Sequence[str]:
    return [
        f"{figure.name}, {peer}: {' '.join(measurement.problem.split())}"
        for figure in report.figures
        for peer, measurement in figure.measurements.items()
        if measurement.problem
    ]
