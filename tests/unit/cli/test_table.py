import json
import math

import pytest

from kiseki.cli.table import (
    Column,
    _fit,
    cell,
    cut,
    duration,
    moment,
    one_line,
    print_fields,
    print_json,
    print_table,
    quoted,
    safe,
    size,
    width,
)


@pytest.mark.parametrize(
    ("text", "cells"),
    [("", 0), ("abc", 3), ("実験", 4), ("ｱｲ", 2), ("Ａ", 2), ("e\u0301", 1), ("はるか\u3099", 6), ("é", 1), ("🏃", 2)],
)
def test_wide_characters_take_two_cells_and_marks_none(text: str, cells: int) -> None:
    assert width(text) == cells


@pytest.mark.parametrize(
    ("text", "cells", "expected"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdef", 5, "abcd…"),
        ("実験の名前", 10, "実験の名前"),
        ("実験の名前", 9, "実験の名…"),
        ("実験の名前", 8, "実験の…"),
        ("実", 1, "…"),
    ],
)
def test_text_is_cut_to_cells_and_not_to_characters(text: str, cells: int, expected: str) -> None:
    assert cut(text, cells) == expected
    assert width(cut(text, cells)) <= cells


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain – 日本語 é 🏃", "plain – 日本語 é 🏃"),
        ("a\x1b[31mb", "a\\x1b[31mb"),
        ("a\nb\r\tc", "a\\nb\\r\\tc"),
        ("\x9b2J", "\\x9b2J"),
        ("abc\u202edef", "abc\\u202edef"),
        ("a\u2028b", "a\\u2028b"),
        ("half \ud800", "half \\ud800"),
        ("\U000e0041", "\\U000e0041"),
        ("\x7f\x00", "\\x7f\\x00"),
    ],
)
def test_what_a_terminal_would_obey_is_shown_as_an_escape(text: str, shown: str) -> None:
    assert safe(text) == shown


def test_values_as_cells() -> None:
    assert [cell(value) for value in (None, "", 0, 0.1 + 0.2, 1e-9, math.nan, math.inf, True, "a\nb")] == [
        *("-", "-", "0", "0.3", "1e-09", "nan", "inf", "True", "a\\nb"),
    ]
    assert quoted("it's\x1b") == "'it's\\x1b'"
    assert one_line("a\nb\x1b") == "a b\\x1b"


@pytest.mark.parametrize(
    ("start", "end", "shown"),
    [
        (1_000, 1_000, "0.0s"),
        (1_000, 60_900, "59.9s"),
        (1_000, 61_000, "1m00s"),
        (1, 3_661_001, "1h01m"),
        (1, 90_000_001, "1d01h"),
        (1_000, None, "-"),
        (0, 1_000, "-"),
        (2_000, 1_000, "-"),
    ],
)
def test_durations(start: int, end: int | None, shown: str) -> None:
    assert duration(start, end) == shown


@pytest.mark.parametrize(
    ("count", "shown"),
    [(None, "-"), (0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (3 << 20, "3.0 MiB"), (5 << 40, "5.0 TiB")],
)
def test_sizes(count: int | None, shown: str) -> None:
    assert size(count) == shown


def test_a_time_that_no_calendar_has_is_shown_as_a_number() -> None:
    assert moment(None) == "-"
    assert moment(2**62) == str(2**62)
    assert len(moment(1_700_000_000_000)) == len("2023-11-14 22:13:20")


def test_a_table_is_aligned_by_cells(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(
        [Column(title="N", right=True), Column(title="NAME"), Column(title="END")], [[1, "実験", "x"], [20, "b", "y"]]
    )
    assert capsys.readouterr().out == " N  NAME  END\n 1  実験  x\n20  b     y\n"


def test_fields_are_aligned_by_cells(capsys: pytest.CaptureFixture[str]) -> None:
    print_fields({"学習率": 0.1, "a": "b\x1b"}, indent="  ")
    assert capsys.readouterr().out == "  学習率  0.1\n  a       b\\x1b\n"


def test_a_table_that_is_too_wide_loses_optional_columns_and_then_cuts_the_widest() -> None:
    columns = [
        Column(title="ID", whole=True),
        Column(title="NAME", least=10),
        Column(title="x", optional=True),
        Column(title="y", optional=True),
    ]
    natural = [12, 30, 9, 9]
    assert _fit(columns, natural, None) == ([0, 1, 2, 3], natural)
    assert _fit(columns, natural, 66) == ([0, 1, 2, 3], natural)
    assert _fit(columns, natural, 60) == ([0, 1, 2, 3], [12, 24, 9, 9])
    assert _fit(columns, natural, 42) == ([0, 1, 2], [12, 17, 9])
    assert _fit(columns, natural, 30) == ([0, 1], [12, 16])
    # What must be copied whole is shown whole, even where it does not fit.
    assert _fit(columns, natural, 10) == ([0, 1], [12, 10])


def test_json_has_every_value_and_nothing_that_a_terminal_obeys(capsys: pytest.CaptureFixture[str]) -> None:
    value = {"日本語": ["a\x1b\n\u202e\x9b", math.nan, -math.inf, 1.5, None, True], "é🏃": {"\U000e0041": 1}}
    print_json(value)
    text = capsys.readouterr().out
    assert json.loads(text) == {
        "日本語": ["a\x1b\n\u202e\x9b", "NaN", "-Infinity", 1.5, None, True],
        "é🏃": {"\U000e0041": 1},
    }
    assert "日本語" in text
    assert safe(text.replace("\n", "")) == text.replace("\n", "")
