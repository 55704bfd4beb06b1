"""The tables and the files."""

import json
from pathlib import Path

from bench import report
from bench.figures import Figure, Measurement, Target
from bench.report import Report


def make(*, date: str, scenario: str, value: float, quick: bool = False, problem: str = "", peers: int = 3) -> Report:
    names = ("kiseki", "mlflow", "fasttrackml")[:peers]
    measurements = {name: Measurement(value=10.0, rounds=(9.0, 10.0, 11.0), detail={"p95 ms": 1.5}) for name in names}
    measurements["kiseki"] = Measurement(value=value, problem=problem, scale="", requests=100, errors=2)
    figure = Figure(
        scenario=scenario,
        name=f"figure of {scenario}",
        unit="points/s",
        higher_is_better=True,
        measurements=measurements,
        targets=(Target(bound=50), Target(bound=4, peer="mlflow")),
    )
    return Report(
        name="quick" if quick else "full",
        date=date,
        commit="abc1234",
        settings={"quick": quick, "clients": 8, "rounds": 3, "seconds": 6.0},
        machine={
            "processor": "a processor",
            "processors": 2,
            "memory_gib": 8.0,
            "system": "Linux",
            "python": "3.11",
            "load": 0.1,
            "fsync_p50_ms": 2.0,
            "fsync_p95_ms": 4.0,
        },
        versions=dict.fromkeys(names, "1.0"),
        durability=dict.fromkeys(names, "every commit is synced"),
        notes=(),
        figures=(figure,),
    )


def test_decode_gives_back_what_was_encoded() -> None:
    made = make(date="2026-01-02 03:04", scenario="log_batch", value=45.0)
    assert report.decode(report.encode(made)) == made


def test_encoded_reports_have_ratios_and_verdicts() -> None:
    encoded = json.loads(report.encode(make(date="2026-01-02 03:04", scenario="log_batch", value=45.0)))
    assert encoded["figures"][0]["ratios"] == {"mlflow": 4.5, "fasttrackml": 4.5}
    assert encoded["figures"][0]["reached"] == {"≥ 50 points/s": False, "≥ 4× mlflow": True}


def test_the_console_shows_figures_ratios_errors_and_what_was_missed() -> None:
    lines = report.console(make(date="2026-01-02 03:04", scenario="log_batch", value=45.0)).splitlines()
    assert lines[0].split() == [
        *("figure", "unit", "kiseki", "mlflow", "fasttrackml", "×", "mlflow", "×", "fasttrackml", "target", "reached"),
    ]
    assert "45 (2 of 100 failed)" in lines[2]
    assert "4.5×" in lines[2]
    assert lines[2].endswith("**no**: ≥ 50 points/s")


def test_a_failed_check_is_shown_as_wrong_and_explained() -> None:
    text = report.console(make(date="2026-01-02 03:04", scenario="log_batch", value=45.0, problem="points are missing"))
    assert "WRONG" in text
    assert "not known" in text
    assert text.splitlines()[-1] == "! figure of log_batch, kiseki: points are missing"


def test_latest_shows_the_newest_whole_session_of_every_scenario(tmp_path: Path) -> None:
    for made in (
        make(date="2026-01-01 00:00", scenario="log_batch", value=11.0),
        make(date="2026-01-02 00:00", scenario="log_batch", value=22.0),
        make(date="2026-01-03 00:00", scenario="log_batch", value=33.0, quick=True),
        make(date="2026-01-04 00:00", scenario="log_batch", value=44.0, peers=1),
        make(date="2026-01-01 00:01", scenario="search", value=55.0),
        make(date="2026-01-01 00:02", scenario="disk", value=66.0, quick=True),
    ):
        report.write(made, tmp_path)
    text = (tmp_path / "latest.md").read_text(encoding="utf-8")
    rows = {line.split(" | ")[0].lstrip("| "): line for line in text.splitlines() if line.startswith("| figure of")}
    assert set(rows) == {"figure of log_batch", "figure of search", "figure of disk"}
    assert "| 22 (2 of 100 failed) |" in rows["figure of log_batch"]
    assert "| 55 (2 of 100 failed) |" in rows["figure of search"]
    assert "| 66 (2 of 100 failed) |" in rows["figure of disk"]
    assert sorted(path.name for path in tmp_path.glob("2026-01-02*")) == ["2026-01-02T0000-full.json"]
