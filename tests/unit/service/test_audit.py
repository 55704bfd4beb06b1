"""An audit finds each kind of damage, and nothing else."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from kiseki.artifact_store import DiskStore, StoredFile
from kiseki.base.ids import new_run_id
from kiseki.domain.artifacts import Owner
from kiseki.domain.experiments import LifecycleStage
from kiseki.service import artifacts, audit
from kiseki.service.artifacts import Roots
from kiseki.service.audit import Finding, Report
from kiseki.store import Store, open_store
from kiseki.store.protocol import FileRecord, ModelKey, RunKey
from tests.conformance.rows import add_model, add_run, append, measure


class Silent:
    """A watcher that does nothing."""

    def advance(self, done: int) -> None:
        pass


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "artifacts"


@pytest.fixture
def roots(folder: Path) -> Roots:
    return Roots(str(folder), "mlflow-artifacts:/")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'k.db'}", "mlflow-artifacts:/")
    yield opened
    opened.close()


def put(store: Store, roots: Roots, run: RunKey | ModelKey, name: str, data: bytes = b"data") -> Path:
    place = roots.place(f"{run.artifact_uri}/{name}")
    with place.store.open_upload(place.path) as upload:
        upload.write(data)
        stored = upload.commit()
    store.write(lambda session: artifacts.record(session, place, stored))
    return Path(place.file)


def examine(store: Store, roots: Roots, digests: bool = False) -> Report:
    return audit.examine(store, roots, digests=digests, watcher=Silent())


def kinds(report: Report) -> list[str]:
    return [finding.kind for finding in report.findings]


def test_nothing_is_wrong_with_what_is_sound(store: Store, roots: Roots, folder: Path) -> None:
    run = add_run(store)
    deleted = add_run(store)
    for one in (run, deleted):
        put(store, roots, one, "a")
        put(store, roots, one, "日本/b c%")
        append(store, one, "loss", [(i, i, 1.0) for i in range(5_000)])
    store.compact()
    append(store, run, "loss", [(6_000, 6_000, 1.0)])
    store.write(lambda session: session.runs.set_lifecycle(deleted, LifecycleStage.DELETED, 1))
    (folder / "0" / run.run_id / "artifacts" / "by hand").write_text("x")
    # Stored through the proxy by somebody, for no run.
    loose = roots.proxied("loose/file")
    with loose.store.open_upload(loose.path) as upload:
        stored = upload.commit()
    store.write(lambda session: artifacts.record(session, loose, stored))
    # Of another machine.
    far = FileRecord(uri="/nowhere/x", size=1, sha256="0" * 64, modified_ns=1)
    store.write(lambda session: session.files.record([far]))
    found = examine(store, roots, digests=True)
    assert found == Report(
        files=6, bytes=17, unrecorded=1, records=6, elsewhere=1, blocks=found.blocks, digests=True, findings=[]
    )
    assert found.blocks >= 3


def test_files_that_are_gone_or_other_ones(store: Store, roots: Roots) -> None:
    run = add_run(store)
    gone, longer, rotten, touched = (put(store, roots, run, name) for name in ("gone", "longer", "rotten", "touched"))
    gone.unlink()
    longer.write_bytes(b"more data")
    status = rotten.stat()
    rotten.write_bytes(b"dota")
    os.utime(rotten, ns=(status.st_atime_ns, status.st_mtime_ns))
    touched.touch()
    found = examine(store, roots)
    assert sorted(kinds(found)) == ["missing", "size"]
    found = examine(store, roots, digests=True)
    assert {finding.kind: finding.subject for finding in found.findings} == {
        "missing": f"{run.artifact_uri}/gone",
        "size": f"{run.artifact_uri}/longer",
        "digest": f"{run.artifact_uri}/rotten",
    }
    (size,) = [finding.found for finding in found.findings if finding.kind == "size"]
    assert size == "9 bytes where 4 were stored; somebody changed it without kiseki"


def test_files_that_no_run_has(store: Store, roots: Roots, folder: Path) -> None:
    run = add_run(store)
    put(store, roots, run, "kept")
    lost = folder / "0" / ("ab" * 16) / "artifacts" / "deep"
    lost.mkdir(parents=True)
    (lost / "x").write_bytes(b"12")
    (lost.parent / "y").write_bytes(b"345")
    (folder / "0" / run.run_id / "beside").write_bytes(b"1")
    assert sorted((one.kind, one.subject, one.found) for one in examine(store, roots).findings) == [
        ("orphan", f"{folder}/0/{run.run_id}/beside", "1 file, 1 bytes"),
        ("purged_run", str(lost.parent), "2 files, 5 bytes"),
    ]


def test_files_of_logged_models_are_theirs(store: Store, roots: Roots, folder: Path) -> None:
    model = add_model(store)
    put(store, roots, model, "MLmodel")
    (folder / "0" / "models" / model.model_id / "artifacts" / "by hand").write_text("x")
    found = examine(store, roots, digests=True)
    assert (found.files, found.unrecorded, found.findings) == (2, 1, [])
    lost = folder / "0" / "models" / f"m-{'ab' * 16}" / "artifacts"
    lost.mkdir(parents=True)
    (lost / "MLmodel").write_bytes(b"12")
    assert [(one.kind, one.subject, one.found) for one in examine(store, roots).findings] == [
        ("purged_model", str(lost), "1 file, 2 bytes")
    ]


def test_a_run_of_that_id_elsewhere_does_not_have_the_folder(store: Store, roots: Roots, folder: Path) -> None:
    run = add_run(store, artifact_uri="mlflow-artifacts:/other/place")
    put(store, roots, run, "kept")
    copied = folder / "7" / run.run_id / "artifacts"
    copied.mkdir(parents=True)
    (copied / "x").write_bytes(b"12")
    assert [(one.kind, one.subject) for one in examine(store, roots).findings] == [("purged_run", str(copied))]


def at(store: Store, location: Path | str) -> RunKey:
    """A run of an experiment that has its artifacts elsewhere."""
    run_id = new_run_id()
    experiment = store.write(lambda session: session.experiments.create(run_id, str(location), {}, 1)).experiment_id
    return add_run(store, experiment, run_id=run_id, artifact_uri=f"{location}/{run_id}/artifacts")


def put_direct(store: Store, run: RunKey, name: str, data: bytes = b"data") -> Path:
    """A file as a client stores it itself."""
    folder = Path(run.artifact_uri).resolve()
    stored = stored_in(folder, name, data)
    store.write(lambda session: artifacts.record_direct(session, [(f"{folder}/{name}", stored)]))
    return folder / name


def stored_in(folder: Path, name: str, data: bytes) -> StoredFile:
    with DiskStore(folder).open_upload(name) as upload:
        upload.write(data)
        return upload.commit()


def test_experiments_in_folders_of_their_own(store: Store, roots: Roots, tmp_path: Path) -> None:
    outside, linked = tmp_path / "outside", tmp_path / "linked"
    outside.mkdir()
    linked.symlink_to(outside)
    first, below, behind = at(store, outside), at(store, outside / "deep"), at(store, f"{linked}/again")
    kept, gone, other = (put_direct(store, first, name) for name in ("kept", "gone", "other"))
    put_direct(store, below, "kept")
    put_direct(store, behind, "kept")
    (kept.parent / "by hand").write_bytes(b"1")
    found = examine(store, roots, digests=True)
    assert (found.findings, found.beyond, found.files, found.unrecorded) == ([], [], 6, 1)
    assert (found.records, found.elsewhere) == (5, 0)
    lost = outside / "deep" / ("ab" * 16) / "artifacts"
    lost.mkdir(parents=True)
    (lost / "x").write_bytes(b"12")
    lost_model = outside / "models" / f"m-{'ab' * 16}" / "artifacts"
    lost_model.mkdir(parents=True)
    (lost_model / "x").write_bytes(b"12")
    # What lies beside the runs is somebody else's.
    (outside / "models" / "notes").write_bytes(b"1")
    (outside / "notes").write_bytes(b"1")
    gone.unlink()
    other.write_bytes(b"longer than it was")
    found = examine(store, roots)
    assert {(one.kind, one.subject) for one in found.findings} == {
        ("missing", str(gone)),
        ("size", str(other)),
        ("purged_run", str(lost)),
        ("purged_model", str(lost_model)),
    }


def test_experiments_where_this_machine_does_not_come(store: Store, roots: Roots, tmp_path: Path) -> None:
    folder = tmp_path / "a file"
    folder.touch()
    far = [str(tmp_path / "gone"), str(folder), "dbfs:/somewhere", "https://example.org/x", "relative/folder"]
    for location in far:
        run = at(store, location)
        record = FileRecord(uri=f"{run.artifact_uri}/x", size=1, sha256="0" * 64, modified_ns=1)
        store.write(lambda session, record=record: session.files.record([record]))  # type: ignore[misc]
    found = examine(store, roots)
    assert (found.findings, sorted(found.beyond), found.records, found.elsewhere) == ([], sorted(far), 5, 5)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read(store: Store, roots: Roots, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    put_direct(store, at(store, outside), "x")
    outside.chmod(0)
    assert (str(outside), "unreached") in {(one.subject, one.kind) for one in examine(store, roots).findings}
    outside.chmod(0o700)


def test_points_that_rotted(store: Store, roots: Roots, tmp_path: Path) -> None:
    run, other = add_run(store), add_run(store)
    append(store, run, "loss", [(i, i, i / 3) for i in range(5_000)])
    append(store, other, "acc", [(i, i, i / 3) for i in range(5_000)])
    store.compact()
    append(store, other, "acc", [(6_000, 6_000, 1.0)])
    model = add_model(store)
    measure(store, model, run, "loss", [(i, i, i / 3) for i in range(9)])
    driver = sqlite3.connect(tmp_path / "k.db")
    for table, column in (("segments", "columns"), ("arrivals", "points"), ("logged_model_points", "points")):
        (number, data) = driver.execute(f"SELECT number, {column} FROM {table} ORDER BY number LIMIT 1").fetchone()
        flipped = bytearray(data)
        flipped[len(data) // 2] ^= 1
        driver.execute(f"UPDATE {table} SET {column} = ? WHERE number = ?", (bytes(flipped), number))
    driver.commit()
    driver.close()
    found = examine(store, roots)
    assert kinds(found) == ["points"] * 3
    assert [finding.subject for finding in found.findings] == [
        f"run {run.run_id}, metric 'loss'",
        f"run {other.run_id}, metrics",
        f"logged model {model.model_id}, metrics",
    ]


def test_a_run_whose_permanent_deletion_was_interrupted(store: Store, roots: Roots) -> None:
    run = add_run(store)
    store.write(lambda session: session.runs.set_lifecycle(run, LifecycleStage.DELETED, 1))
    store.write(lambda session: session.trash.begin(Owner(run_id=run.run_id), 1))
    assert examine(store, roots).findings == [
        Finding(
            kind="interrupted", subject=f"run {run.run_id}", found="its permanent deletion was begun and not finished"
        )
    ]


def test_a_model_whose_permanent_deletion_was_interrupted(store: Store, roots: Roots) -> None:
    model = add_model(store)
    store.write(lambda session: session.logged_models.set_lifecycle(model, LifecycleStage.DELETED, 1))
    store.write(lambda session: session.trash.begin(Owner(model_id=model.model_id), 1))
    assert [one.subject for one in examine(store, roots).findings] == [f"logged model {model.model_id}"]


def test_the_digest_of_a_file_that_is_replaced_counts_as_it_is_now(store: Store, roots: Roots) -> None:
    run = add_run(store)
    put(store, roots, run, "a")
    file = put(store, roots, run, "a", b"other")
    assert sha256(file.read_bytes()).hexdigest() == sha256(b"other").hexdigest()
    assert examine(store, roots, digests=True).findings == []
