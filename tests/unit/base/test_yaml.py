import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiseki.base.errors import InvalidParameter
from kiseki.base.yaml import MAX_BYTES, format_yaml, parse_yaml, read_yaml

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_what_is_written_is_read_back(value: object) -> None:
    assert parse_yaml(format_yaml(value, "x"), "x") == value


def test_a_time_in_quotes_is_text_and_one_without_is_none() -> None:
    assert parse_yaml("a: '2026-01-01 00:00:00'\nb: 2026-01-01 00:00:00", "x") == {
        "a": "2026-01-01 00:00:00",
        "b": dt.datetime(2026, 1, 1),  # noqa: DTZ001 - YAML has no zone here
    }


def test_a_value_that_occurs_twice_is_written_twice() -> None:
    shared = {"a": [1]}
    assert b"&" not in format_yaml({"x": shared, "y": shared}, "x")


def test_aliases_are_read() -> None:
    assert parse_yaml("a: &one [1, 2]\nb: *one", "x") == {"a": [1, 2], "b": [1, 2]}


@pytest.mark.parametrize(
    "text",
    [
        "!!python/object/apply:os.system ['true']",
        "a: !!python/name:os.system",
        "a: !mine 3",
        "a: !<tag:example.org,2026:x> {b: 1}",
        "!!python/object/new:dict [1]",
    ],
)
def test_tags_that_make_objects_are_refused(text: str) -> None:
    with pytest.raises(InvalidParameter, match="tag"):
        parse_yaml(text, "the file")


def test_aliases_of_aliases_do_not_become_large() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    with pytest.raises(InvalidParameter, match="aliases written out"):
        parse_yaml("\n".join(lines), "the file")


def test_merged_keys_count_as_aliases_do() -> None:
    lines = ["a0: &a0 {k: v}"]
    lines += [f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 20)}]}}" for n in range(1, 8)]
    with pytest.raises(InvalidParameter, match="aliases written out"):
        parse_yaml("\n".join(lines), "the file")


@pytest.mark.parametrize("text", ["a: &a [*a]", "a: *nothing", "&a [1, *a]"])
def test_an_alias_of_itself_is_refused(text: str) -> None:
    with pytest.raises(InvalidParameter):
        parse_yaml(text, "the file")


@pytest.mark.parametrize("opening", ["[", "{a: ", "- "])
def test_depth_is_limited(opening: str) -> None:
    with pytest.raises(InvalidParameter, match=r"deep|not YAML"):
        parse_yaml(opening * 100_000, "the file")


def test_size_is_limited(tmp_path: Path) -> None:
    with pytest.raises(InvalidParameter, match="at most"):
        parse_yaml(b"a" * (MAX_BYTES + 1), "the file")
    with (tmp_path / "large").open("wb") as file:
        # Nothing of it is on the disk.
        file.truncate(1 << 40)
    with pytest.raises(InvalidParameter, match="at most"):
        read_yaml(tmp_path / "large", "the file")


@pytest.mark.parametrize("text", [b"\xff\xfe\xfa", b"a: [", b"a: b: c", b"\x00", b"? {a}: [}"])
def test_what_is_no_yaml_is_said_to_be_none(text: bytes) -> None:
    with pytest.raises(InvalidParameter, match="the file"):
        parse_yaml(text, "the file")


@pytest.mark.parametrize("value", [object(), {"a": {1, 2}.__iter__()}, {"a": lambda: 1}])
def test_what_yaml_does_not_have_is_refused(value: object) -> None:
    with pytest.raises(InvalidParameter, match="cannot be written as YAML"):
        format_yaml(value, "the file")
