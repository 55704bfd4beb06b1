"""What every `Replies` does."""

from __future__ import annotations

import pytest

from kiseki.store import Session, Store

DAY = 24 * 60 * 60 * 1000


def get(store: Store, mark: str) -> bytes | None:
    return store.read(lambda session: session.replies.get(mark))


def keep(store: Store, mark: str, answer: bytes, now: int) -> None:
    store.write(lambda session: session.replies.keep(mark, answer, now))


@pytest.mark.parametrize("mark", ["x", " ", "日本", "x" * 300, "a/b", "\ud800"])
def test_an_answer_is_kept_whole(store: Store, mark: str) -> None:
    answer = bytes(range(256)) * 100
    assert get(store, mark) is None
    keep(store, mark, answer, 0)
    keep(store, mark + "y", b"", 0)
    assert (get(store, mark), get(store, mark + "y"), get(store, mark.upper() + "z")) == (answer, b"", None)


def test_answers_are_forgotten_after_a_day(store: Store) -> None:
    keep(store, "first", b"1", 1_000)
    keep(store, "second", b"2", 1_000 + DAY)
    assert (get(store, "first"), get(store, "second")) == (b"1", b"2")
    keep(store, "third", b"3", 1_001 + DAY)
    assert [get(store, mark) for mark in ("first", "second", "third")] == [None, b"2", b"3"]
    keep(store, "first", b"again", 1_001 + DAY)
    assert get(store, "first") == b"again"


def test_an_answer_goes_with_the_work_that_it_answers(store: Store) -> None:
    def fail(session: Session) -> None:
        session.replies.keep("x", b"1", 0)
        raise ValueError("x")

    with pytest.raises(ValueError, match="x"):
        store.write(fail)
    assert get(store, "x") is None
