"""What every `Audit` does."""

from __future__ import annotations

from kiseki.domain.artifacts import Owner
from kiseki.domain.experiments import LifecycleStage
from kiseki.domain.trash import EVER
from kiseki.store import Store
from kiseki.store.care import Damage, KnownFile
from kiseki.store.protocol import FileRecord
from tests.conformance.rows import add_model, add_run, append, measure


def test_records_of_files_come_in_parts(store: Store) -> None:
    records = [
        FileRecord(uri=f"mlflow-artifacts:/日本/{i}", size=i, sha256=f"{i:064x}", modified_ns=2**62 + i)
        for i in range(7)
    ]

    def record(session: object) -> None:
        for one in records:
            session.files.record([one])  # type: ignore[attr-defined]

    store.write(record)
    found: list[KnownFile] = []
    after = ""
    for expected in (3, 3, 1, 0):
        part = store.read(lambda session, after=after: session.audit.files(after, 3))  # type: ignore[misc]
        assert len(part) == expected
        found += part
        after = found[-1].key
    assert sorted((one.uri, one.size, one.sha256, one.modified_ns) for one in found) == [
        (one.uri, one.size, one.sha256, one.modified_ns) for one in records
    ]


def test_sound_points_are_looked_at_in_parts(store: Store) -> None:
    runs = [add_run(store) for _ in range(3)]
    for run in runs:
        for key in range(30):
            append(store, run, f"m{key}", [(i, i, i / 3) for i in range(3)])
    append(store, runs[0], "long", [(i, i, i / 3) for i in range(40_000)])
    store.compact()
    append(store, runs[0], "m0", [(9, 9, 1.0)])
    model = add_model(store)
    for i in range(70):
        measure(store, model, runs[0], "m", [(i, i, i / 3)])
    after: tuple[int, int, int] | None = (0, 0, 0)
    blocks, turns, damaged = 0, 0, list[Damage]()
    while after is not None:
        seen = store.read(lambda session, after=after: session.audit.points(after))  # type: ignore[misc]
        after, blocks, turns = seen.after, blocks + seen.blocks, turns + 1
        damaged += seen.damaged
    assert (blocks >= 3 * 30 + 2 + 1 + 70, turns > 4, damaged) == (True, True, [])


def test_runs_whose_permanent_deletion_has_begun(store: Store) -> None:
    run, other = add_run(store), add_run(store)
    for one in (run, other):
        store.write(lambda session, one=one: session.runs.set_lifecycle(one, LifecycleStage.DELETED, 1))  # type: ignore[misc]
    assert store.read(lambda session: session.audit.purging()) == []
    store.write(lambda session: session.trash.begin(Owner(run_id=run.run_id), EVER))
    assert store.read(lambda session: session.audit.purging()) == [Owner(run_id=run.run_id)]
