"""The form in which many small files travel."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate, islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiseki.base.errors import InvalidParameter
from kiseki.wire.bundles import MAX_FILE_BYTES, MAX_LINE_BYTES, Member, packed, unpacked

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
FILES = st.lists(
    st.tuples(
        st.builds(Member, path=TEXT, sha256=TEXT, error_code=TEXT, message=TEXT),
        st.binary(max_size=300) | st.sampled_from([b"\n", b'{"path":"x","size":1}\n', b"x" * 70_000]),
    ),
    max_size=8,
)


def stream(files: list[tuple[Member, bytes]]) -> tuple[bytes, list[tuple[Member, bytes]]]:
    sized = [
        (Member(path=one.path, size=len(data), sha256=one.sha256, error_code=one.error_code, message=one.message), data)
        for one, data in files
    ]
    return b"".join(packed(member, data) for member, data in sized), sized


@given(FILES, st.lists(st.integers(min_value=1, max_value=5_000)))
def test_files_come_back_however_the_stream_is_cut(files: list[tuple[Member, bytes]], sizes: list[int]) -> None:
    whole, sized = stream(files)
    chunks, start = [], 0
    for size in sizes:
        chunks.append(whole[start : start + size])
        start += size
    assert list(unpacked([*chunks, whole[start:]])) == sized
    assert list(unpacked([bytearray(whole)])) == sized


@given(FILES.filter(bool), st.data())
def test_a_stream_that_ends_early_gives_whole_files_and_an_error(
    files: list[tuple[Member, bytes]], data: st.DataObject
) -> None:
    whole, sized = stream(files)
    end = data.draw(st.integers(min_value=0, max_value=len(whole) - 1))
    lengths = list(accumulate(len(packed(*one)) for one in sized))
    complete = bisect_right(lengths, end)
    coming = unpacked([whole[:end]])
    assert list(islice(coming, complete)) == sized[:complete]
    if end in {0, *lengths}:
        assert list(coming) == []
    else:
        with pytest.raises(InvalidParameter, match="ends in the middle"):
            next(coming)


def test_the_longest_line_and_the_largest_file() -> None:
    member = Member(path="x" * (MAX_LINE_BYTES - 40), size=MAX_FILE_BYTES)
    files = [(member, bytes(MAX_FILE_BYTES))]
    assert list(unpacked([packed(*files[0])])) == files
    with pytest.raises(InvalidParameter, match="longer than"):
        list(unpacked([packed(Member(path="x" * MAX_LINE_BYTES))]))
    with pytest.raises(InvalidParameter, match="longer than"):
        list(unpacked([b"{"] * (MAX_LINE_BYTES + 1)))
    with pytest.raises(InvalidParameter, match="send it alone"):
        list(unpacked([packed(Member(path="x", size=MAX_FILE_BYTES + 1))]))


def test_a_line_in_many_pieces_takes_no_longer_than_a_whole_one() -> None:
    whole = packed(Member(path="x", size=200_000), bytes(200_000))
    ((member, content),) = unpacked(whole[i : i + 1] for i in range(len(whole)))
    assert (member.size, content) == (200_000, bytes(200_000))
