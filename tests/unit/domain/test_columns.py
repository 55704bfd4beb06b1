"""Numbers and cuts of columns."""

from __future__ import annotations

import pytest

from kiseki.domain.columns import ColumnKind, KeySummary, cut, is_number


@pytest.mark.parametrize(
    "text",
    ["0", "-1", "+1", "1.", ".5", "1.5", "1e5", "1E-5", "-.5e+3", "nan", "NaN", "inf", "-Infinity", " 1 ", "1" * 400],
)
def test_numbers(text: str) -> None:
    assert is_number(text)
    float(text)


@pytest.mark.parametrize(
    "text",
    ["", " ", ".", "-", "1,5", "1_000", "0x10", "1e", "e5", "1 2", "１", "²", "true", "None", "--1", "infin", "1f"],
)
def test_texts(text: str) -> None:
    assert not is_number(text)


def test_a_column_is_numeric_if_all_its_values_are() -> None:
    assert KeySummary(key="k", runs=2, values=["1", "nan"]).kind is ColumnKind.NUMBER
    assert KeySummary(key="k", runs=2, values=["1", "auto"]).kind is ColumnKind.TEXT
    assert KeySummary(key="k", runs=2).kind is ColumnKind.NUMBER


@pytest.mark.parametrize(
    ("text", "chars", "expected"),
    [("abc", 0, "abc"), ("abc", 3, "abc"), ("abc", 2, "ab…"), ("", 1, ""), ("🎌日本", 1, "🎌…"), ("abc", 1_000, "abc")],
)
def test_cut(text: str, chars: int, expected: str) -> None:
    assert cut(text, chars) == expected
