"""Live updates: from what the store tells of its commits to what each open stream is sent."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import msgspec

from kiseki.base.errors import TooManyRequests
from kiseki.base.ids import ModelId, RunId
from kiseki.domain.changes import Changes
from kiseki.wire import events as wire

PAUSE_SECONDS: Final = 0.5
"""The shortest time between two events of a stream."""
MAX_STREAMS: Final = 500
MAX_CHANGED: Final = 1_000
"""An event names so many runs, models and experiments; with more of one it says that everything changed."""

Watch = Callable[[Callable[[Changes], None]], Callable[[], None]]


class Gathered:
    """Changes of some time, with a bound to what they take."""

    def __init__(self) -> None:
        self._runs: dict[RunId, tuple[int, dict[str, None]]] = {}
        self._models: dict[ModelId, tuple[int, dict[str, None]]] = {}
        self._experiments: set[int] = set()
        self._registered: set[str] = set()
        self._everything = False

    def __bool__(self) -> bool:
        return bool(self._runs or self._models or self._experiments or self._registered or self._everything)

    def add(self, changes: Changes) -> None:
        """Takes in what commits changed."""
        if self._everything:
            return
        for (run_id, what), experiment in changes.runs.items():
            self._runs.setdefault(run_id, (experiment, {}))[1][what] = None
        for (model_id, what), experiment in changes.models.items():
            self._models.setdefault(model_id, (experiment, {}))[1][what] = None
        self._experiments |= changes.experiments
        self._registered |= changes.registered_models
        self._bound(changes.everything)

    def join(self, other: Gathered, experiments: frozenset[int]) -> None:
        """Takes in what was gathered elsewhere of some experiments, of all if none are named."""
        for run_id, (experiment, whats) in other._runs.items():
            if not experiments or experiment in experiments:
                self._runs.setdefault(run_id, (experiment, {}))[1].update(whats)
        for model_id, (experiment, whats) in other._models.items():
            if not experiments or experiment in experiments:
                self._models.setdefault(model_id, (experiment, {}))[1].update(whats)
        self._experiments |= other._experiments & experiments if experiments else other._experiments
        # They belong to no experiment.
        self._registered |= set() if experiments else other._registered
        self._bound(other._everything)

    def _bound(self, everything: bool) -> None:
        most = max(len(self._runs), len(self._models), len(self._experiments), len(self._registered))
        if everything or self._everything or most > MAX_CHANGED:
            self._runs.clear()
            self._models.clear()
            self._experiments.clear()
            self._registered.clear()
            self._everything = True

    def event(self) -> bytes:
        """The changes as a server-sent event."""
        changes = wire.Changes(
            runs=[
                wire.ChangedRun(run_id=run_id, experiment_id=str(experiment), what=list(whats))
                for run_id, (experiment, whats) in self._runs.items()
            ],
            logged_models=[
                wire.ChangedLoggedModel(model_id=model_id, experiment_id=str(experiment), what=list(whats))
                for model_id, (experiment, whats) in self._models.items()
            ],
            experiments=[str(number) for number in sorted(self._experiments)],
            registered_models=sorted(self._registered),
            everything=self._everything,
        )
        return b"event: changes\ndata: " + msgspec.json.encode(changes) + b"\n\n"


class Subscription:
    """What one stream has to tell. For the event loop's thread alone."""

    def __init__(self, experiments: frozenset[int]) -> None:
        self.experiments = experiments
        self.ended = False
        self._gathered = Gathered()
        self._ready = asyncio.Event()

    def put(self, gathered: Gathered) -> None:
        """Adds what there is of the stream's experiments."""
        self._gathered.join(gathered, self.experiments)
        if self._gathered:
            self._ready.set()

    def end(self) -> None:
        """Ends the stream: the server stops, or the client went away."""
        self.ended = True
        self._ready.set()

    async def event(self, seconds: float) -> bytes | None:
        """The next event, None when there is none within so many seconds or the stream has ended."""
        try:
            async with asyncio.timeout(seconds):
                await self._ready.wait()
        except TimeoutError:
            return None
        if self.ended:
            return None
        self._ready.clear()
        gathered, self._gathered = self._gathered, Gathered()
        return gathered.event()


class Live:
    """The open streams of one server. The store is watched as long as there is one."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._watching = asyncio.Lock()
        self._cancel: Callable[[], None] | None = None
        self._subscriptions: set[Subscription] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._last = 0.0
        self._lock = threading.Lock()
        """Held to use what follows, which the store's threads use too."""
        self._gathered = Gathered()

    @property
    def open(self) -> int:
        """How many streams there are."""
        return len(self._subscriptions)

    async def subscribe(self, experiments: frozenset[int]) -> Subscription:
        """A new stream, of some experiments or of all if none are named; it is told of all commits from now on.

        Raises:
            TooManyRequests: There are 500.
        """
        if len(self._subscriptions) >= MAX_STREAMS:
            raise TooManyRequests(
                f"The server has {MAX_STREAMS} streams of events open, which is the limit. Close pages that are not "
                "looked at, or ask again later."
            )
        subscription = Subscription(experiments)
        self._subscriptions.add(subscription)
        try:
            async with self._watching:
                if self._cancel is None:
                    self._loop = asyncio.get_running_loop()
                    # In a thread, for the store may be busy.
                    self._cancel = await asyncio.to_thread(self._watch, self._told)
        except BaseException:
            self.unsubscribe(subscription)
            raise
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """Forgets a stream."""
        self._subscriptions.discard(subscription)
        if not self._subscriptions:
            self._stop()

    def close(self) -> None:
        """Ends all streams."""
        for subscription in self._subscriptions:
            subscription.end()
        self._stop()

    def _stop(self) -> None:
        if self._cancel is not None:
            self._cancel()
            self._cancel = None

    def _told(self, changes: Changes) -> None:
        """Takes in a commit, in the thread that made it, which waits."""
        with self._lock:
            first = not self._gathered
            self._gathered.add(changes)
        if first and self._loop is not None:
            # A loop that is closed has no streams.
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._deliver_soon)

    def _deliver_soon(self) -> None:
        assert self._loop is not None
        self._loop.call_at(self._last + PAUSE_SECONDS, self._deliver)

    def _deliver(self) -> None:
        """Gives what was gathered to all streams."""
        assert self._loop is not None
        self._last = self._loop.time()
        with self._lock:
            gathered, self._gathered = self._gathered, Gathered()
        for subscription in self._subscriptions:
            subscription.put(gathered)
