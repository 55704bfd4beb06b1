"""The rules for keys and values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiseki.base.errors import InvalidParameter
from kiseki.domain.keys import MAX_KEY_CHARS, MAX_VALUE_BYTES, check_given, check_key, check_text, check_value


@pytest.mark.parametrize(
    "key",
    ["a", "A1_", "a b", " a", "a ", "a.b", "a-b", "a:b", "a/b", "a/b/c.d", "ä", "日本", "été/損失",  "a..b", ".a", "x" * 250, ":", "-", "٣"],
)  # fmt: skip
def test_keys_that_are_taken(key: str) -> None:
    assert check_key(key, "key") == key


@pytest.mark.parametrize(
    ("key", "word"),
    [
        ("", "Missing value"),
        ("x" * 251, "250"),
        ("日" * 251, "250"),
        *((key, "may only contain") for key in ("a$", "a\n", "\n", "a\tb", "a\0", "a,b", "a;b", "a\\b", "a?b", "a#b", "a%b", "a'b", "🎌", "a\u200b")),
        *((key, "must not resolve") for key in (".", "..", "./a", "../a", "a/..", "a/../b", "a/./b", "a//b", "/a", "//a", "a/", "/", "..a", "...")),
    ],
)  # fmt: skip
def test_keys_that_are_refused(key: str, word: str) -> None:
    with pytest.raises(InvalidParameter, match=word) as caught:
        check_key(key, "metrics[3].key")
    assert "metrics[3].key" in caught.value.message
    assert len(caught.value.message) < 700


@given(st.text(max_size=300))
def test_a_key_is_returned_as_it_is_or_refused(key: str) -> None:
    try:
        assert check_key(key, "key") == key
    except InvalidParameter:
        return
    assert 1 <= len(key) <= MAX_KEY_CHARS
    assert not key.startswith(("/", ".."))
    assert not {"", ".", ".."} & set(key.split("/"))
    assert "\x00" not in key


@pytest.mark.parametrize("character", ["a", "é", "字", "🎌", "\n", '"'])
def test_a_value_has_up_to_65536_bytes(character: str) -> None:
    fits = character * (MAX_VALUE_BYTES // len(character.encode()))
    assert check_value(fits, "value") == fits
    with pytest.raises(InvalidParameter, match=r"'params\[2\]\.value' exceeds .* 65536 bytes: it has 6553[6-9]|6554\d"):
        check_value(fits + character, "params[2].value")


def test_texts_have_no_nul() -> None:
    assert check_text("", "name") == ""
    assert check_value("", "value") == ""
    for check in (check_text, check_value):
        for text in ("\0", "a\0", "\0" * 10):
            with pytest.raises(InvalidParameter, match="'field' contains a NUL"):
                check(text, "field")


def test_what_must_be_given() -> None:
    assert check_given(" ", "field") == " "
    with pytest.raises(InvalidParameter, match="Missing value for required parameter 'field'"):
        check_given("", "field")
