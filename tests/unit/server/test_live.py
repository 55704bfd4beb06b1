"""Streams of events: what each is told, when, and how much of it at most."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from kiseki.base.errors import TooManyRequests
from kiseki.base.ids import ModelId, RunId
from kiseki.domain.changes import Changes
from kiseki.server.live import MAX_CHANGED, MAX_STREAMS, PAUSE_SECONDS, Live, Subscription

ALL: frozenset[int] = frozenset()


class Source:
    """A store that tells what a test says."""

    def __init__(self) -> None:
        self.listeners: list[Callable[[Changes], None]] = []
        self.watched = 0

    def watch(self, listener: Callable[[Changes], None]) -> Callable[[], None]:
        self.watched += 1
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)

    def tell(
        self,
        *runs: tuple[str, str, int],
        models: tuple[tuple[str, str, int], ...] = (),
        experiments: tuple[int, ...] = (),
        registered: tuple[str, ...] = (),
        everything: bool = False,
    ) -> None:
        """A commit, from a thread of its own."""
        changes = Changes(everything=everything)
        changes.models.update({(ModelId(model), what): experiment for model, what, experiment in models})
        changes.runs.update({(RunId(run), what): experiment for run, what, experiment in runs})
        changes.experiments.update(experiments)
        changes.registered_models.update(registered)
        thread = threading.Thread(target=lambda: [listener(changes) for listener in self.listeners])
        thread.start()
        thread.join()


async def event(subscription: Subscription, seconds: float = 5.0) -> Any:
    """The data of the next event, None for none."""
    found = await subscription.event(seconds)
    if found is None:
        return None
    kind, data, *rest = found.decode().split("\n")
    assert (kind, rest) == ("event: changes", ["", ""])
    return json.loads(data.removeprefix("data: "))


def changes(
    *runs: tuple[str, int, list[str]],
    models: tuple[tuple[str, int, list[str]], ...] = (),
    experiments: tuple[str, ...] = (),
    registered: tuple[str, ...] = (),
    everything: bool = False,
) -> Any:
    return {
        "runs": [{"run_id": run, "experiment_id": str(number), "what": what} for run, number, what in runs],
        "logged_models": [
            {"model_id": model, "experiment_id": str(number), "what": what} for model, number, what in models
        ],
        "experiments": list(experiments),
        "registered_models": list(registered),
        "everything": everything,
    }


def test_commits_are_gathered_and_told_once() -> None:
    async def work() -> None:
        source = Source()
        live = Live(source.watch)
        one = await live.subscribe(ALL)
        source.tell(("r", "created", 1), ("s", "info", 2))
        source.tell(("r", "metrics", 1), experiments=(12, 3))
        source.tell(("r", "metrics", 1))
        assert await event(one) == changes(
            ("r", 1, ["created", "metrics"]), ("s", 2, ["info"]), experiments=("3", "12")
        )
        assert await event(one, 0.01) is None

    asyncio.run(work())


def test_a_stream_has_an_event_in_half_a_second_at_most() -> None:
    async def work() -> None:
        source = Source()
        live = Live(source.watch)
        one = await live.subscribe(ALL)
        times = []
        for i in range(4):
            source.tell((f"r{i}", "info", 1))
            assert await event(one) is not None
            times.append(asyncio.get_running_loop().time())
        gaps = [later - earlier for earlier, later in pairwise(times)]
        assert all(PAUSE_SECONDS - 0.05 < gap < PAUSE_SECONDS + 0.4 for gap in gaps), gaps

    asyncio.run(work())


def test_a_stream_is_told_of_its_experiments() -> None:
    async def work() -> None:
        source = Source()
        live = Live(source.watch)
        first, both, all_of_them = [await live.subscribe(frozenset(given)) for given in ({1}, {1, 2}, set())]
        source.tell(
            ("r", "info", 1), ("s", "tags", 2), ("t", "tags", 3), models=(("m-a", "tags", 1),), experiments=(2, 3)
        )
        source.tell(models=(("m-a", "metrics", 1), ("m-b", "created", 3)))
        of_first = ("m-a", 1, ["tags", "metrics"])
        assert await event(first) == changes(("r", 1, ["info"]), models=(of_first,))
        assert await event(both) == changes(
            ("r", 1, ["info"]), ("s", 2, ["tags"]), models=(of_first,), experiments=("2",)
        )
        assert await event(all_of_them) == changes(
            ("r", 1, ["info"]),
            ("s", 2, ["tags"]),
            ("t", 3, ["tags"]),
            models=(of_first, ("m-b", 3, ["created"])),
            experiments=("2", "3"),
        )
        source.tell(("t", "info", 3))
        assert await event(all_of_them) is not None
        assert await event(first, 0.01) is None
        source.tell(everything=True)
        for one in (first, both, all_of_them):
            assert await event(one) == changes(everything=True)

    asyncio.run(work())


@pytest.mark.parametrize("at_once", [True, False])
def test_what_is_told_is_bounded(at_once: bool) -> None:
    async def work() -> None:
        source = Source()
        live = Live(source.watch)
        slow = await live.subscribe(ALL)
        for part in range(2):
            runs = [(f"r{part}-{i}", "info", 1) for i in range(MAX_CHANGED // 2 + 1)]
            source.tell(*runs)
            if not at_once:
                # The client is slow, and each part is given to it on its own.
                await asyncio.sleep(PAUSE_SECONDS + 0.2)
        assert await event(slow) == changes(everything=True)
        source.tell(*((f"r{i}", what, 1) for i in range(MAX_CHANGED) for what in ("info", "tags")))
        found = await event(slow)
        assert (len(found["runs"]), found["everything"]) == (MAX_CHANGED, False)
        source.tell(experiments=tuple(range(MAX_CHANGED + 1)))
        assert await event(slow) == changes(everything=True)

    asyncio.run(work())


def test_the_store_is_watched_while_there_is_a_stream() -> None:
    async def work() -> None:
        source = Source()
        live = Live(source.watch)
        one, two = await asyncio.gather(live.subscribe(ALL), live.subscribe(ALL))
        assert (source.watched, len(source.listeners)) == (1, 1)
        live.unsubscribe(one)
        assert len(source.listeners) == 1
        live.unsubscribe(two)
        live.unsubscribe(two)
        assert source.listeners == []
        three = await live.subscribe(ALL)
        source.tell(("r", "info", 1))
        assert await event(three) == changes(("r", 1, ["info"]))
        live.close()
        assert source.listeners == []
        assert three.ended
        assert await event(three) is None

    asyncio.run(work())


def test_a_stream_more_than_there_may_be_is_refused() -> None:
    async def work() -> None:
        source = Source()
        live = Live(source.watch)
        streams = [await live.subscribe(ALL) for _ in range(MAX_STREAMS)]
        with pytest.raises(TooManyRequests, match="500 streams"):
            await live.subscribe(ALL)
        live.unsubscribe(streams.pop())
        await live.subscribe(ALL)

    asyncio.run(work())


def test_a_store_that_cannot_be_watched_leaves_no_stream() -> None:
    def fail(_: Callable[[Changes], None]) -> Callable[[], None]:
        raise OSError("disk")

    async def work() -> None:
        live = Live(fail)
        for _ in range(MAX_STREAMS + 1):
            with pytest.raises(OSError, match="disk"):
                await live.subscribe(ALL)

    asyncio.run(work())


def test_a_commit_after_the_end_of_the_loop_is_let_go() -> None:
    source = Source()

    async def work() -> None:
        await Live(source.watch).subscribe(ALL)

    asyncio.run(work())
    source.tell(("r", "info", 1))


def test_registered_models_are_told_where_all_experiments_are() -> None:
    async def work() -> None:
        source = Source()
        live = Live(source.watch)
        every, some = await live.subscribe(frozenset()), await live.subscribe(frozenset({1}))
        source.tell(registered=("b", "a"))
        assert await event(every) == changes(registered=("a", "b"))
        source.tell(("r", "info", 1), registered=("c",))
        assert await event(some) == changes(("r", 1, ["info"]))
        live.close()

    asyncio.run(work())
