"""The threads in which a model predicts, and which requests they take together.

A request that comes while nothing is predicted is predicted at once. Those that come while a lane is busy wait, and the
lane takes all of them when it is free: no request waits for others, and the more there are, the larger the batches.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Final, Generic, TypeVar

from kiseki.base.errors import DeadlineExceeded, TooManyRequests, Unavailable

I = TypeVar("I")  # noqa: E741 - what goes in
O = TypeVar("O")  # noqa: E741 - what comes out

MAX_WAITING: Final = 256
"""So many requests may wait; more would be answered after their clients have given up."""
MAX_TOGETHER: Final = 64
"""So many requests are taken together at most: who came first is not to wait for the last."""
THREADS: Final = min(32, (os.cpu_count() or 1) + 4)
"""So many requests that are not taken together are answered at once; a model may wait for others, as for a database."""
MAX_STUCK: Final = 4
"""So many lanes may be lost to predictions that do not end; then the process is of no use."""

log = logging.getLogger("kiseki.serving")


class Lanes(Generic[I, O]):
    """Runs a function of several requests in threads. To be made and used in the thread of an event loop.

    Args:
        score: Answers requests, each by its own outcome, in their order; it raises nothing. Runs in a lane.
        after: Runs in a lane that has answered something while others wait.
        threads: How many lanes take requests that are not to be taken together.
    """

    def __init__(
        self, score: Callable[[Sequence[I]], Sequence[O]], after: Callable[[], None], threads: int = THREADS
    ) -> None:
        self._score = score
        self._after = after
        self._loop = asyncio.get_running_loop()
        self._together = _Line(self._work, lanes=1, most=MAX_TOGETHER)
        self._alone = _Line(self._work, lanes=threads, most=1)
        self._stuck: set[_Lane[I, O]] = set()

    @property
    def waiting(self) -> int:
        """How many requests wait or are being answered."""
        return self._together.open + self._alone.open

    @property
    def lost(self) -> int:
        """How many lanes are in predictions that nobody waits for any longer."""
        self._stuck = {lane for lane in self._stuck if lane.is_alive()}
        return len(self._stuck)

    async def score(self, request: I, *, together: bool, seconds: float) -> O:
        """The outcome of one request.

        Args:
            request: What to answer.
            together: Whether it may be taken with others.
            seconds: How long it may take, waiting included.

        Raises:
            TooManyRequests: 256 wait already.
            Unavailable: Too many predictions never ended.
            DeadlineExceeded: It took longer. The prediction may go on; nobody waits for it.
        """
        self.check()
        if self.waiting >= MAX_WAITING:
            raise TooManyRequests(
                f"The server has {MAX_WAITING} requests that wait for the model. Nothing was done; ask again later."
            )
        line = self._together if together else self._alone
        ticket = _Ticket[I, O](request, self._loop.create_future())
        line.put(ticket)
        try:
            async with asyncio.timeout(seconds):
                return await ticket.outcome
        except TimeoutError:
            if ticket.lane is not None and not ticket.answered and line.replace(ticket.lane):
                self._stuck.add(ticket.lane)
            raise DeadlineExceeded(
                f"The model did not answer within {seconds:g} seconds. Send fewer rows at a time, or start the server "
                "with a longer --timeout."
            ) from None
        finally:
            line.open -= 1

    def check(self) -> None:
        """Raises Unavailable when so many predictions never ended that this process should be ended."""
        if self.lost >= MAX_STUCK:
            raise Unavailable(
                f"{self.lost} predictions took longer than they may and go on. Restart the server, and look at "
                "what the model does."
            )

    def close(self) -> None:
        """Lets the lanes end after what they are at."""
        self._together.close()
        self._alone.close()

    def _work(self, tickets: Sequence[_Ticket[I, O]]) -> None:
        """Called by lanes: answers requests, and hands the outcomes to those who wait for them."""
        outcomes = self._score([ticket.request for ticket in tickets])
        for ticket in tickets:
            ticket.answered = True
        try:
            self._loop.call_soon_threadsafe(_deliver, tickets, outcomes)
        except RuntimeError:
            log.debug("nobody waits for the outcome: the server has ended")
            return
        if self.waiting > len(tickets):
            self._after()


class _Ticket(Generic[I, O]):
    """A request that waits for its outcome; `lane` has it when it does no longer wait in line."""

    __slots__ = ("answered", "lane", "outcome", "request")

    def __init__(self, request: I, outcome: asyncio.Future[O]) -> None:
        self.request = request
        self.outcome = outcome
        self.answered = False
        self.lane: _Lane[I, O] | None = None


class _Line(Generic[I, O]):
    """Requests in the order in which they came, and the lanes that take them, up to `most` at a time."""

    def __init__(self, work: Callable[[Sequence[_Ticket[I, O]]], None], *, lanes: int, most: int) -> None:
        self.open = 0
        self._work = work
        self._most = most
        self._tickets: SimpleQueue[_Ticket[I, O] | None] = SimpleQueue()
        self._free = lanes
        self._lanes: set[_Lane[I, O]] = set()

    def put(self, ticket: _Ticket[I, O]) -> None:
        self.open += 1
        if self._free and self.open > len(self._lanes):
            self._free -= 1
            self._start()
        self._tickets.put(ticket)

    def replace(self, lane: _Lane[I, O]) -> bool:
        """Puts another lane in the place of one that does not come back; whether it has not been done already."""
        if lane not in self._lanes:
            return False
        self._lanes.remove(lane)
        lane.lost = True
        self._start()
        return True

    def close(self) -> None:
        for _ in self._lanes:
            self._tickets.put(None)

    def run(self, lane: _Lane[I, O]) -> None:
        """What a lane does."""
        while not lane.lost:
            taken = self._take()
            if taken is None:
                return
            # Whoever has given up meanwhile is not worked for.
            wanted = [ticket for ticket in taken if not ticket.outcome.done()]
            for ticket in wanted:
                ticket.lane = lane
            if wanted:
                self._work(wanted)

    def _take(self) -> list[_Ticket[I, O]] | None:
        """Those who wait, after waiting for the first; None when this lane is to end."""
        first = self._tickets.get()
        if first is None:
            return None
        taken = [first]
        with suppress(Empty):
            while len(taken) < self._most:
                ticket = self._tickets.get_nowait()
                if ticket is None:
                    self._tickets.put(None)
                    break
                taken.append(ticket)
        return taken

    def _start(self) -> None:
        lane = _Lane(self)
        self._lanes.add(lane)
        lane.start()


class _Lane(Thread, Generic[I, O]):
    """One thread. It is lost when a prediction takes longer than it may; it ends if ever that prediction does."""

    def __init__(self, line: _Line[I, O]) -> None:
        # A server that is told to end does not wait for what never ends.
        super().__init__(name="kiseki-lane", daemon=True)
        self.lost = False
        self._line = line

    def run(self) -> None:
        self._line.run(self)


def _deliver(tickets: Sequence[_Ticket[I, O]], outcomes: Sequence[O]) -> None:
    for ticket, outcome in zip(tickets, outcomes, strict=True):
        if not ticket.outcome.done():
            ticket.outcome.set_result(outcome)
