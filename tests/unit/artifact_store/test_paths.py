from __future__ import annotations

import posixpath
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiseki.artifact_store import check_path, is_valid_path
from kiseki.base.errors import InvalidParameter


@pytest.mark.parametrize(
    ("path", "checked"),
    [
        *(
            ("a", "a"),
            ("a/b", "a/b"),
            ("a//b", "a/b"),
            ("./a", "a"),
            ("a/./b", "a/b"),
            ("%41", "%41"),
            ("a%20b", "a%20b"),
        ),
        *(
            ("...", "..."),
            ("..a", "..a"),
            ("a..", "a.."),
            ("a..b/c", "a..b/c"),
            ("100%", "100%"),
            ("%", "%"),
            ("%zz", "%zz"),
        ),
        *(("%25", "%25"), ("%2523", "%2523"), ("a:b/c"[2:], "b/c"), ("run:1/x", "run:1/x"), ("#1", "#1"), ("?", "?")),
    ],
)
def test_good_paths(path: str, checked: str) -> None:
    assert check_path(path) == checked


@pytest.mark.parametrize(
    ("path", "checked"), [("", ""), (".", ""), ("a/", "a"), ("a/.", "a"), ("a//", "a"), ("./", "")]
)
def test_paths_of_folders(path: str, checked: str) -> None:
    assert check_path(path, folder=True) == checked
    with pytest.raises(InvalidParameter, match="name of a file"):
        check_path(path)


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("../x", "'..' is not allowed"),
        ("/x", "must be relative"),
        ("a\\b", "backslashes"),
        ("a\nb", "control characters"),
        ("C:/x", "not a drive or a URI"),
        ("%2e%2e/x", "after URL-decoding, '..' is not allowed"),
        ("a%2fb", "after URL-decoding, it has more separators"),
        ("%ff", "not UTF-8 after URL-decoding"),
        ("%" + "25" * 12, "too many times"),
        ("x" * 256, "at most 255 bytes in UTF-8, this has 256"),
        ("字" * 86, "at most 255 bytes in UTF-8, this has 258"),
        ("/".join(["x" * 200] * 21), "at most 4096 bytes in UTF-8, this has 4220"),
        ("a/" * 100 + "a", "at most 100 segments, this has 101"),
    ],
)
def test_a_refusal_gives_its_reason(path: str, reason: str) -> None:
    with pytest.raises(InvalidParameter) as caught:
        check_path(path)
    assert caught.value.message.startswith("Invalid path ")
    assert reason in caught.value.message
    assert len(caught.value.message) < 500


SEGMENTS = st.text(st.sampled_from("./\\%25ef0cC:;#? ~a\t．／"), max_size=12)


@given(SEGMENTS)
def test_an_accepted_path_stays_inside_however_often_it_is_decoded(path: str) -> None:
    if not is_valid_path(path):
        return
    form = path
    for _ in range(12):
        assert not form.startswith("/")
        assert posixpath.normpath(posixpath.join("/root", form)).startswith("/root/")
        assert "\\" not in form
        assert form.count("/") == path.count("/")
        form = unquote(form)


@given(st.text(max_size=40))
def test_any_text_is_refused_or_kept(path: str) -> None:
    checked, refusal = "", ""
    try:
        checked = check_path(path, folder=True)
    except InvalidParameter as error:
        refusal = error.message
    if refusal:
        assert refusal.encode().startswith(b"Invalid path ")
        return
    assert [segment for segment in path.split("/") if segment not in {"", "."}] == (
        checked.split("/") if checked else []
    )
    assert check_path(checked, folder=True) == checked
