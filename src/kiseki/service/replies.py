"""Requests that a client sends again because it did not get the answer: they are answered, and done once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from kiseki.base.clock import now_ms
from kiseki.base.errors import InvalidParameter
from kiseki.store import Session

MAX_MARK_CHARS: Final = 400


def once(session: Session, mark: str, work: Callable[[Session], bytes]) -> bytes:
    """The answer of `work`, which is done only if no request of the same mark was answered within a day.

    Work and the record of its answer are one transaction. Work that raises is not recorded.

    Raises:
        InvalidParameter: The mark is empty or longer than 400 characters.
    """
    if not 1 <= len(mark) <= MAX_MARK_CHARS:
        raise InvalidParameter(
            f"The header Idempotency-Key has {len(mark)} characters. Give 1 to {MAX_MARK_CHARS}, new ones for each "
            "request and the same when it is sent again."
        )
    answer = session.replies.get(mark)
    if answer is None:
        answer = work(session)
        session.replies.keep(mark, answer, now_ms())
    return answer
