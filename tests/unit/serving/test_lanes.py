"""Requests that wait while a lane is busy are taken together; lanes that do not come back are replaced."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from kiseki.base.errors import DeadlineExceeded, TooManyRequests, Unavailable
from kiseki.serving.lanes import MAX_STUCK, MAX_TOGETHER, MAX_WAITING, Lanes

LONG = 30.0


class Work:
    """What lanes do in these tests: answers each request by its double, and holds those that are in `held`."""

    def __init__(self, *held: int) -> None:
        self.taken: list[list[int]] = []
        self.begun = threading.Semaphore(0)
        self.go = threading.Event()
        self.afterwards = 0
        self._held = set(held)

    def after(self) -> None:
        self.afterwards += 1

    def __call__(self, requests: Sequence[int]) -> list[int]:
        self.taken.append(list(requests))
        self.begun.release()
        if self._held & set(requests):
            assert self.go.wait(LONG)
        return [2 * request for request in requests]


async def began(work: Work) -> None:
    """Returns when a lane has taken something."""
    assert await asyncio.to_thread(work.begun.acquire, timeout=LONG)


async def found(lanes: Lanes[int, int]) -> None:
    """Returns when no lane is lost any longer."""
    async with asyncio.timeout(LONG):
        while lanes.lost:  # noqa: ASYNC110 - a thread's end is no event
            await asyncio.sleep(0.001)


def run(test: Callable[[Lanes[int, int]], Awaitable[Any]], work: Work, threads: int = 2) -> Any:
    async def body() -> Any:
        lanes = Lanes(work, work.after, threads)
        try:
            return await test(lanes)
        finally:
            work.go.set()
            lanes.close()

    return asyncio.run(body())


def test_a_request_that_comes_alone_is_answered_alone() -> None:
    work = Work()

    async def test(lanes: Lanes[int, int]) -> list[int]:
        return [await lanes.score(number, together=True, seconds=LONG) for number in range(3)]

    assert run(test, work) == [0, 2, 4]
    assert work.taken == [[0], [1], [2]]
    # Nobody waited meanwhile.
    assert work.afterwards == 0


def test_those_that_came_while_the_lane_was_busy_are_taken_together_in_their_order() -> None:
    work = Work(0)

    async def test(lanes: Lanes[int, int]) -> list[int]:
        tasks = [asyncio.create_task(lanes.score(0, together=True, seconds=LONG))]
        await began(work)
        tasks += [asyncio.create_task(lanes.score(number, together=True, seconds=LONG)) for number in range(1, 6)]
        await asyncio.sleep(0)
        assert lanes.waiting == 6
        work.go.set()
        return await asyncio.gather(*tasks)

    assert run(test, work) == [0, 2, 4, 6, 8, 10]
    assert work.taken == [[0], [1, 2, 3, 4, 5]]
    assert work.afterwards


def test_at_most_so_many_are_taken_together() -> None:
    work = Work(0)

    async def test(lanes: Lanes[int, int]) -> None:
        tasks = [asyncio.create_task(lanes.score(0, together=True, seconds=LONG))]
        await began(work)
        tasks += [asyncio.create_task(lanes.score(1, together=True, seconds=LONG)) for _ in range(MAX_TOGETHER + 1)]
        await asyncio.sleep(0)
        work.go.set()
        await asyncio.gather(*tasks)

    run(test, work)
    assert [len(taken) for taken in work.taken] == [1, MAX_TOGETHER, 1]


def test_those_that_are_not_to_be_taken_together_are_answered_at_once_by_several_lanes() -> None:
    work = Work(0, 1)

    async def test(lanes: Lanes[int, int]) -> list[int]:
        tasks = [asyncio.create_task(lanes.score(number, together=False, seconds=LONG)) for number in range(4)]
        await began(work)
        await began(work)
        # Both lanes are held; one that may be taken with others has a lane of its own.
        assert await lanes.score(7, together=True, seconds=LONG) == 14
        assert sorted(work.taken) == [[0], [1], [7]]
        work.go.set()
        return await asyncio.gather(*tasks)

    assert run(test, work) == [0, 2, 4, 6]
    assert sorted(work.taken) == [[0], [1], [2], [3], [7]]


@pytest.mark.parametrize("together", [True, False])
def test_a_lane_that_takes_too_long_is_replaced(together: bool) -> None:
    work = Work(0)

    async def test(lanes: Lanes[int, int]) -> None:
        with pytest.raises(DeadlineExceeded, match=r"did not answer within 0\.01 seconds"):
            await lanes.score(0, together=together, seconds=0.01)
        assert (lanes.lost, lanes.waiting) == (1, 0)
        assert await lanes.score(1, together=together, seconds=LONG) == 2
        work.go.set()
        await found(lanes)

    run(test, work, threads=1)
    assert work.taken == [[0], [1]]


def test_who_is_in_a_lost_lane_still_gets_an_answer_that_comes_in_time() -> None:
    work = Work(0, 1)

    async def test(lanes: Lanes[int, int]) -> int:
        first = asyncio.create_task(lanes.score(0, together=True, seconds=LONG))
        await began(work)
        patient = asyncio.create_task(lanes.score(1, together=True, seconds=LONG))
        impatient = asyncio.create_task(lanes.score(2, together=True, seconds=LONG))
        hasty = asyncio.create_task(lanes.score(3, together=True, seconds=0.02))
        await asyncio.sleep(0)
        with pytest.raises(DeadlineExceeded):
            await hasty
        # It waited in line, so that no lane was lost to it.
        assert lanes.lost == 0
        impatient.cancel()
        await asyncio.gather(impatient, return_exceptions=True)
        work.go.set()
        await first
        return await patient

    assert run(test, work) == 2
    # Those who gave up are not worked for.
    assert work.taken == [[0], [1]]


def test_a_server_that_loses_its_lanes_says_so_until_they_come_back() -> None:
    work = Work(0)

    async def test(lanes: Lanes[int, int]) -> None:
        for _ in range(MAX_STUCK):
            with pytest.raises(DeadlineExceeded):
                await lanes.score(0, together=True, seconds=0.01)
        with pytest.raises(Unavailable, match="4 predictions took longer than they may"):
            lanes.check()
        with pytest.raises(Unavailable, match="Restart the server"):
            await lanes.score(1, together=True, seconds=LONG)
        work.go.set()
        await found(lanes)
        lanes.check()
        assert await lanes.score(1, together=True, seconds=LONG) == 2

    run(test, work)


def test_too_many_that_wait_are_refused() -> None:
    work = Work(0)

    async def test(lanes: Lanes[int, int]) -> None:
        tasks = [asyncio.create_task(lanes.score(0, together=True, seconds=LONG)) for _ in range(MAX_WAITING)]
        await asyncio.sleep(0)
        with pytest.raises(TooManyRequests, match="256 requests that wait for the model"):
            await lanes.score(1, together=True, seconds=LONG)
        work.go.set()
        assert set(await asyncio.gather(*tasks)) == {0}
        assert await lanes.score(1, together=True, seconds=LONG) == 2

    run(test, work)


def test_lanes_end_when_they_are_told_to() -> None:
    work = Work()

    async def test(lanes: Lanes[int, int]) -> None:
        await asyncio.gather(*(lanes.score(number, together=number > 3, seconds=LONG) for number in range(8)))

    run(test, work)
    deadline = 1000
    while [thread for thread in threading.enumerate() if thread.name == "kiseki-lane"] and deadline:
        deadline -= 1
        threading.Event().wait(0.01)
    assert deadline
