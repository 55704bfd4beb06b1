"""What other threads have done comes back to the event loop, all that is there at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from threading import Thread
from typing import Any

import pytest

from kiseki.server.answers import Answers


def in_thread(work: Callable[[], object]) -> None:
    """Runs work in another thread, to its end."""
    thread = Thread(target=work)
    thread.start()
    thread.join()


def settle(futures: list[Future[int]]) -> None:
    """Gives each future its place as its result."""
    for i, future in enumerate(futures):
        future.set_result(i)


async def give_up(answers: Answers, future: Future[int]) -> None:
    """Waits for a future and is cancelled."""
    task = asyncio.create_task(answers.wait(future))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_each_gets_its_own_result() -> None:
    answers = Answers()
    futures: list[Future[int]] = [Future() for _ in range(50)]

    async def wait() -> list[int]:
        waiting = [asyncio.create_task(answers.wait(future)) for future in futures]
        await asyncio.sleep(0)
        in_thread(lambda: settle(futures))
        return await asyncio.gather(*waiting)

    assert asyncio.run(wait()) == list(range(50))


def test_the_loop_is_woken_once_for_all_that_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = Answers()
    futures: list[Future[int]] = [Future() for _ in range(50)]
    calls: list[Any] = []

    async def wait() -> None:
        loop = asyncio.get_running_loop()
        wake = loop.call_soon_threadsafe

        def counted(*call: Any) -> Any:
            calls.append(call)
            return wake(*call)

        monkeypatch.setattr(loop, "call_soon_threadsafe", counted)
        for turn in range(2):
            some = futures[turn * 25 : turn * 25 + 25]
            waiting = [asyncio.create_task(answers.wait(future)) for future in some]
            await asyncio.sleep(0)
            # The loop stands still meanwhile.
            in_thread(lambda some=some: settle(some))  # type: ignore[misc]
            await asyncio.gather(*waiting)

    asyncio.run(wait())
    assert len(calls) == 2


def test_what_is_done_already_needs_no_waiting() -> None:
    future: Future[str] = Future()
    future.set_result("x")
    assert asyncio.run(Answers().wait(future)) == "x"


def test_an_error_is_raised_where_it_is_waited_for() -> None:
    future: Future[str] = Future()
    future.set_exception(ValueError("x"))
    with pytest.raises(ValueError, match="x"):
        asyncio.run(Answers().wait(future))


def test_who_is_cancelled_takes_the_work_back() -> None:
    answers = Answers()
    future, other = Future[int](), Future[int]()

    async def cancel() -> int:
        await give_up(answers, future)
        other.set_result(2)
        return await answers.wait(other)

    assert asyncio.run(cancel()) == 2
    assert future.cancelled()


def test_work_that_was_taken_back_elsewhere_cancels_who_waits() -> None:
    answers = Answers()
    future: Future[int] = Future()

    async def wait() -> None:
        task = asyncio.create_task(answers.wait(future))
        await asyncio.sleep(0)
        in_thread(future.cancel)
        await task

    with pytest.raises((asyncio.CancelledError, CancelledError)):
        asyncio.run(wait())


def test_a_result_that_comes_after_the_cancelling_disturbs_nobody() -> None:
    answers = Answers()
    future: Future[int] = Future()
    assert future.set_running_or_notify_cancel()

    async def cancel() -> int:
        await give_up(answers, future)
        in_thread(lambda: future.set_result(1))
        later: Future[int] = Future()
        later.set_result(3)
        return await answers.wait(later)

    assert asyncio.run(cancel()) == 3


def test_a_result_that_comes_when_the_loop_is_closed_disturbs_nobody(caplog: pytest.LogCaptureFixture) -> None:
    future: Future[int] = Future()
    assert future.set_running_or_notify_cancel()
    asyncio.run(give_up(Answers(), future))
    future.set_result(1)
    assert not caplog.messages
