from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from obstore.exceptions import PreconditionError

from kiseki.artifact_store.object_download import BLOCK_BYTES, FIRST_BYTES, ObjectDownload, open_object
from kiseki.base.errors import Conflict

CONTENT = random.Random(0).randbytes(21 * FIRST_BYTES + 7)


class Answer:
    """What obstore answers to a request for a range."""

    def __init__(self, meta: dict[str, Any], data: bytes) -> None:
        self.meta = meta
        self._data = data

    def bytes(self) -> bytes:
        return self._data


class Objects:
    """A bucket with one object, and what was asked of it."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.etag = '"1"'
        self.asked: list[tuple[int, int]] = []

    def get(self, key: str, *, options: dict[str, Any]) -> Answer:
        assert key == "key"
        if options.get("if_match", self.etag) != self.etag:
            raise PreconditionError("replaced")
        start, end = options["range"]
        self.asked.append((start, min(end, len(self.content))))
        return Answer(self.head(key), self.content[start:end])

    def head(self, key: str) -> dict[str, Any]:
        assert key == "key"
        return {"size": len(self.content), "e_tag": self.etag, "last_modified": datetime(2026, 1, 1, tzinfo=UTC)}


def opened(objects: Objects) -> ObjectDownload:
    found = open_object(objects, "key", "path")
    assert found is not None
    return found


def read_all(file: ObjectDownload, step: int) -> bytes:
    def pieces() -> Iterator[bytes]:
        while piece := file.read(step):
            yield piece

    return b"".join(pieces())


@pytest.mark.parametrize("step", [1000_003, FIRST_BYTES, 3 * FIRST_BYTES, len(CONTENT) + 1, -1])
def test_reading_on_fetches_every_byte_once_in_blocks(step: int) -> None:
    objects = Objects(CONTENT)
    with opened(objects) as file:
        assert read_all(file, step) == CONTENT
    asked = sorted(objects.asked)
    assert asked[0] == (0, FIRST_BYTES)
    assert [start for start, _ in asked[1:]] == [end for _, end in asked[:-1]]
    assert asked[-1][1] == len(CONTENT)
    assert len(asked) <= 2 + 1 + len(CONTENT) // BLOCK_BYTES


def test_a_small_file_is_one_request() -> None:
    objects = Objects(b"small")
    with opened(objects) as file:
        assert file.read() == b"small"
    assert len(objects.asked) == 1


def test_one_who_jumps_about_fetches_little() -> None:
    objects = Objects(CONTENT)
    places = random.Random(1)
    with opened(objects) as file:
        for _ in range(50):
            start = places.randrange(len(CONTENT))
            assert file.seek(start) == start
            data = file.read(100)
            assert data
            assert data == CONTENT[start : start + len(data)]
    assert all(end - start <= FIRST_BYTES for start, end in objects.asked)


def test_a_file_that_was_replaced_is_not_mixed() -> None:
    objects = Objects(CONTENT)
    with opened(objects) as file:
        file.read(10)
        objects.etag = '"2"'
        with pytest.raises(Conflict, match="replaced"):
            read_all(file, FIRST_BYTES)
