"""Reads wait for a thread, and not all of them."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from kiseki.base.errors import TooManyRequests
from kiseki.server.context import MAX_WAITING_READS, Context
from kiseki.server.settings import ServerSettings
from kiseki.service import Session
from kiseki.service.artifacts import Roots
from kiseki.store import open_store


def test_row_43_more_reads_than_may_wait_are_refused_and_the_others_answered(tmp_path: Path) -> None:
    artifacts = str(tmp_path / "artifacts")
    store = open_store(f"sqlite:///{tmp_path / 'reads.db'}", artifacts)
    context = Context(ServerSettings(), store, Roots(None, artifacts), ThreadPoolExecutor(2))
    gate = Event()

    def slow(_: Session) -> bool:
        return gate.wait(60)

    async def crowd() -> list[bool]:
        reads = [asyncio.create_task(context.read(slow)) for _ in range(MAX_WAITING_READS)]
        await asyncio.sleep(0)
        with pytest.raises(TooManyRequests, match="ask again later") as refused:
            await context.read(slow)
        assert (refused.value.http_status, refused.value.retry_after_seconds) == (429, 1)
        gate.set()
        answers = await asyncio.gather(*reads)
        return [*answers, await context.read(slow)]

    assert asyncio.run(crowd()) == [True] * (MAX_WAITING_READS + 1)
    context.close()
