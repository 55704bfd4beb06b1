"""The trash is emptied, and the data are audited, where the artifacts are in a bucket."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from kiseki.artifact_store import ObjectStore, StoredFile, resolve
from kiseki.base.ids import new_run_id
from kiseki.domain.artifacts import Owner
from kiseki.domain.experiments import LifecycleStage
from kiseki.domain.trash import Purged
from kiseki.service import artifacts, audit, trash
from kiseki.service.artifacts import Place, Roots
from kiseki.service.audit import Finding, Report
from kiseki.store import Session, Store, open_store
from kiseki.store.protocol import RunKey
from tests.conformance.rows import ARTIFACT_ROOT, add_run
from tests.faults.conftest import ROUNDS
from tests.faults.test_care import Training, going_on, kiseki
from tests.objects.conftest import Stored
from tests.objects.servers import ObjectServer
from tests.objects.test_proxy import LARGE, STORES_FOR_REAL, content
from tests.objects.test_transfers import ask, send
from tests.wire.server import metric

TURNS = max(4, ROUNDS // 3)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'k.db'}", ARTIFACT_ROOT)
    yield opened
    opened.close()


@pytest.fixture
def destination(objects: ObjectServer) -> str:
    """What is behind the proxy."""
    return objects.new_folder("plain")


@pytest.fixture
def further(objects: ObjectServer) -> str:
    """The location of an experiment beyond that."""
    return objects.new_folder("experiment")


@pytest.fixture
def roots(destination: str) -> Roots:
    return Roots(destination, ARTIFACT_ROOT)


def new_run(store: Store, location: str = "") -> RunKey:
    """A run of an experiment at the proxy or at a location of its own."""
    if not location:
        return add_run(store)

    def find(session: Session) -> str:
        found = session.experiments.get_by_name(location) or session.experiments.create(location, location, {}, 1)
        return found.experiment_id

    run_id = new_run_id()
    return add_run(store, store.write(find), run_id=run_id, artifact_uri=f"{location}/{run_id}/artifacts")


def raw(uri: str) -> ObjectStore:
    """A folder of a bucket, opened past kiseki's service."""
    opened = resolve(uri)
    assert isinstance(opened, ObjectStore)
    return opened


def named(uri: str) -> str:
    """How an audit names a location."""
    (place,) = Roots(None, uri).all()
    return place.file


def write(bucket: ObjectStore, path: str, data: bytes) -> StoredFile:
    with bucket.open_upload(path) as upload:
        upload.write(data)
        return upload.commit()


def files(uri: str) -> list[str]:
    return [info.path for info in raw(uri).walk("")]


def put(store: Store, roots: Roots, run: RunKey, name: str, data: bytes = b"data") -> Place:
    """A file as a server stores it."""
    place = roots.place(f"{run.artifact_uri}/{name}")
    stored = write(raw_of(place), place.path, data)
    store.write(lambda session: artifacts.record(session, place, stored))
    return place


def raw_of(place: Place) -> ObjectStore:
    assert isinstance(place.store, ObjectStore)
    return place.store


def put_direct(store: Store, run: RunKey, name: str, data: bytes = b"data") -> str:
    """A file as a client stores it that has credentials; the name under which it is recorded."""
    location = Roots(None, run.artifact_uri)
    place = location.place(f"{run.artifact_uri}/{name}")
    stored = write(raw_of(place), place.path, data)
    store.write(lambda session: artifacts.record_direct(session, [(place.file, stored)]))
    return place.file


def delete(store: Store, *runs: RunKey) -> None:
    for run in runs:
        store.write(lambda session, run=run: session.runs.set_lifecycle(run, LifecycleStage.DELETED, 1))  # type: ignore[misc]


def purge(store: Store, roots: Roots, *runs: RunKey, own_rights: bool = True, leave: bool = False) -> Purged:
    ids = [run.run_id for run in runs]
    return trash.purge(store, roots, ids, own_rights=own_rights, leave_unreachable=leave)


def examine(store: Store, roots: Roots, digests: bool = False) -> Report:
    class Silent:
        def advance(self, done: int) -> None:
            pass

    return audit.examine(store, roots, digests=digests, watcher=Silent())


def told(report: Report) -> set[tuple[str, str]]:
    return {(finding.kind, finding.subject) for finding in report.findings}


# --- gc ---------------------------------------------------------------------------------------------------------------


def test_the_objects_of_a_run_go_and_no_others(
    store: Store, roots: Roots, objects: ObjectServer, destination: str
) -> None:
    kept, gone, bare = (new_run(store) for _ in range(3))
    for run in (kept, gone):
        for name in ("a.bin", "model/b.bin", "model/日本 100%.bin"):
            put(store, roots, run, name)
    # More than one request deletes; S3 lists a thousand at once and deletes as many, Azure deletes 256.
    many = 1_050 if objects.kind == "s3" else 300
    bucket, folder = raw(destination), f"0/{gone.run_id}/artifacts/many"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda i: bucket._objects.put(bucket.key(f"{folder}/{i}"), b"x"), range(many)))
    # Names that begin as the run's own do.
    beside = [f"0/{gone.run_id}/artifacts2", f"0/{gone.run_id}x/artifacts/a.bin", f"00/{gone.run_id}/artifacts/a.bin"]
    for path in beside:
        write(bucket, path, b"x")
    delete(store, gone, bare)
    purged = purge(store, roots, gone, bare, own_rights=False)
    assert (purged.run_ids, purged.files, purged.kept) == ([gone.run_id, bare.run_id], many + 3, [])
    mine = [f"0/{kept.run_id}/artifacts/{name}" for name in ("a.bin", "model/b.bin", "model/日本 100%.bin")]
    assert files(destination) == sorted([*beside, *mine], key=lambda path: path.split("/"))
    recorded = store.read(lambda session: [one.uri for one in session.audit.files("", 10)])
    assert sorted(recorded) == sorted(f"{ARTIFACT_ROOT}{path}" for path in mine)


def test_what_is_not_a_runs_own_is_kept(store: Store, roots: Roots, destination: str) -> None:
    inner, shared = new_run(store), add_run(store, artifact_uri=f"{ARTIFACT_ROOT}shared")
    outer = add_run(store, artifact_uri=f"{ARTIFACT_ROOT}0")
    put(store, roots, inner, "a")
    put(store, roots, shared, "b")
    delete(store, inner, shared)
    purged = purge(store, roots, inner, shared)
    assert [(one.id, one.reason.partition(",")[0]) for one in purged.kept] == [
        (inner.run_id, "something else keeps its artifacts in the same folder"),
        (shared.run_id, f"its artifacts at '{ARTIFACT_ROOT}shared' are not in a folder of its own"),
    ]
    assert files(destination) == [f"0/{inner.run_id}/artifacts/a", "shared/b"]
    assert outer.run_id not in purged.run_ids


def test_runs_beyond_the_destination_go_with_the_rights_of_this_machine(
    store: Store, roots: Roots, further: str
) -> None:
    kept, gone = new_run(store, further), new_run(store, further)
    for run in (kept, gone):
        put_direct(store, run, "a.bin")
        put_direct(store, run, "model/b.bin")
    delete(store, gone)
    # A server must not open what a client named.
    (refused,) = purge(store, roots, gone, own_rights=False).kept
    assert "does not open" in refused.reason
    purged = purge(store, roots, gone)
    assert (purged.run_ids, purged.files, purged.kept) == ([gone.run_id], 2, [])
    assert files(further) == [f"{kept.run_id}/artifacts/a.bin", f"{kept.run_id}/artifacts/model/b.bin"]
    assert len(store.read(lambda session: session.audit.files("", 10))) == 2


@pytest.mark.parametrize("objects", ["seaweedfs"], indirect=True)
def test_a_bucket_that_does_not_let_in_keeps_its_runs(
    store: Store, roots: Roots, objects: ObjectServer, further: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = new_run(store, further)
    put_direct(store, run, "a.bin")
    delete(store, run)
    with monkeypatch.context() as others:
        others.setenv("AWS_SECRET_ACCESS_KEY", "not the one")
        (kept,) = purge(store, roots, run).kept
        assert "credentials" in kept.reason
        assert store.read(lambda session: session.audit.purging()) == []
        assert purge(store, roots, run, leave=True).run_ids == [run.run_id]
    assert files(further) == [f"{run.run_id}/artifacts/a.bin"]


@STORES_FOR_REAL
def test_an_upload_past_the_server_that_ends_after_its_run_leaves_nothing(server: Stored) -> None:
    run = server.new_run(server.new_experiment())
    body = content(LARGE)
    offer = ask(server, "upload", run_id=run, path="x.bin", size=LARGE).ok()
    server.post("runs/delete", run_id=run).ok()
    assert server.native("trash/purge", run_ids=[run]).ok()["run_ids"] == [run]
    parts = [
        {"part_number": part["number"], "etag": send(part, body[part["offset"] : part["offset"] + part["size"]])}
        for part in offer["parts"]
    ]
    told = {"run_id": run, "path": "x.bin", "upload_id": offer["upload_id"], "size": LARGE, "parts": parts}
    assert ask(server, "complete", **told, sha256=sha256(body).hexdigest()).status == 404
    assert not [path for path in files(server.destination) if run in path]


@STORES_FOR_REAL
def test_gc_is_killed_at_each_step_while_training_goes_on(own_server: Stored) -> None:
    server = own_server
    experiment = server.new_experiment()

    def full_run() -> str:
        run = server.new_run(experiment)
        server.post("runs/log-batch", run_id=run, metrics=[metric("a", i, i, i) for i in range(50)]).ok()
        for name in ("a.bin", "model/b.bin"):
            server.put_artifact(f"{server.artifact_path(run)}/{name}", f"{run} {name}".encode() * 100)
        return run

    def fill_trash() -> str:
        run = full_run()
        server.post("runs/delete", run_id=run).ok()
        return run

    training = Training(server, experiment)
    kept = full_run()
    with going_on(training):
        fill_trash()
        counted = kiseki(server, "gc", kill_at=0)
        assert counted.returncode == 0, counted
        # A step or two may be less, when points have been merged meanwhile.
        total = int(counted.stderr.splitlines()[-1]) - 3
        assert total > 20
        for turn in range(TURNS):
            gone = fill_trash()
            killed = kiseki(server, "gc", kill_at=1 + turn * (total - 1) // (TURNS - 1))
            assert killed.returncode == -signal.SIGKILL, killed
            answer = server.post("runs/restore", run_id=gone)
            if answer.status == 200:
                assert len([path for path in files(server.destination) if gone in path]) == 2
                server.post("runs/delete", run_id=gone).ok()
            again = kiseki(server, "gc", "--json")
            assert again.returncode == 0, again
            assert server.get("runs/get", run_id=gone).status == 404
            assert not [path for path in files(server.destination) if gone in path]
    # What a bucket has is read by a training as before.
    assert len(server.history(training.run, "loss")) == training.steps
    found = kiseki(server, "audit", "--digests", "--json")
    report: dict[str, Any] = json.loads(found.stdout)
    assert (found.returncode, report["findings"], report["beyond"]) == (0, [], [])
    assert report["files"] == report["records"] == 2 + len(training.files)
    assert sorted(path for path in files(server.destination) if kept not in path) == sorted(training.files)
    server.check()


# --- audit ------------------------------------------------------------------------------------------------------------


def test_nothing_is_wrong_with_what_is_sound(store: Store, roots: Roots, destination: str, further: str) -> None:
    run, own = new_run(store), new_run(store, further)
    put(store, roots, run, "日本/b c%")
    put(store, roots, run, "large", content(LARGE))
    put_direct(store, own, "deep/a")
    # As a client does that has credentials for the proxy's bucket.
    put_direct(store, replace(run, artifact_uri=f"{destination}/0/{run.run_id}/artifacts"), "direct")
    write(raw(destination), f"0/{run.run_id}/artifacts/by hand", b"x")
    # Beside the runs of an experiment anything may lie.
    write(raw(further), "notes.txt", b"x")
    write(raw(further), "deep/folder/x", b"x")
    report = examine(store, roots, digests=True)
    assert report == Report(
        files=5, bytes=4 + LARGE + 4 + 4 + 1, unrecorded=1, records=4, digests=True, findings=[], beyond=[]
    )


def test_files_that_are_gone_or_other_ones(store: Store, roots: Roots, further: str) -> None:
    run, own = new_run(store), new_run(store, further)
    gone, longer, rotten = (put(store, roots, run, name) for name in ("gone", "longer", "rotten"))
    direct = put_direct(store, own, "direct")
    raw_of(gone).delete(gone.path)
    write(raw_of(longer), longer.path, b"more data")
    write(raw_of(rotten), rotten.path, b"dota")
    raw(further).delete(f"{own.run_id}/artifacts/direct")
    wrong = {("missing", gone.uri), ("size", longer.uri), ("missing", direct)}
    assert told(examine(store, roots)) == wrong
    report = examine(store, roots, digests=True)
    assert told(report) == {*wrong, ("digest", rotten.uri)}
    (size,) = [finding.found for finding in report.findings if finding.kind == "size"]
    assert size == "9 bytes where 4 were stored; somebody changed it without kiseki"


def test_objects_that_no_run_has(store: Store, roots: Roots, destination: str, further: str) -> None:
    run, own = new_run(store), new_run(store, further)
    put(store, roots, run, "kept")
    put_direct(store, own, "kept")
    lost = new_run_id()
    for place in (raw(destination), raw(further)):
        write(place, f"{lost}/artifacts/deep/x", b"12")
        write(place, f"{lost}/artifacts/y", b"345")
        write(place, "stray", b"1")
    names = {uri: named(uri) for uri in (destination, further)}
    report = examine(store, roots)
    # Beyond the destination a file beside the runs is somebody else's.
    assert told(report) == {
        ("orphan", f"{names[destination]}/stray"),
        ("purged_run", f"{names[destination]}/{lost}/artifacts"),
        ("purged_run", f"{names[further]}/{lost}/artifacts"),
    }
    assert {finding.found for finding in report.findings} == {"1 file, 1 bytes", "2 files, 5 bytes"}


def test_a_gc_that_was_killed_is_told(store: Store, roots: Roots) -> None:
    run = new_run(store)
    put(store, roots, run, "a")
    delete(store, run)
    store.write(lambda session: session.trash.begin(Owner(run_id=run.run_id), 1))
    assert examine(store, roots).findings == [
        Finding(
            kind="interrupted", subject=f"run {run.run_id}", found="its permanent deletion was begun and not finished"
        )
    ]
    assert purge(store, roots, run).files == 1
    assert examine(store, roots).findings == []


@pytest.mark.parametrize("objects", ["seaweedfs"], indirect=True)
def test_a_bucket_that_does_not_let_in_is_told_once(
    store: Store, destination: str, further: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    roots = Roots(destination, ARTIFACT_ROOT)
    run, own = new_run(store), new_run(store, further)
    for name in ("a", "b"):
        put(store, roots, run, name)
        put_direct(store, own, name)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not the one")
    report = examine(store, Roots(destination, ARTIFACT_ROOT))
    assert told(report) == {("unreached", named(destination))}
    # The server's own is wrong; where an experiment lies that this machine never had a key for is told beside.
    assert (report.beyond, report.records, report.elsewhere) == ([further], 4, 2)


def test_a_bucket_that_is_not_there_is_told(store: Store, roots: Roots, objects: ObjectServer) -> None:
    missing = f"{objects.bucket.replace('bucket', 'other', 1)}/x"
    put(store, roots, new_run(store), "a")
    report = examine(store, Roots(missing, ARTIFACT_ROOT))
    ((kind, subject),) = told(report)
    assert (kind, subject, report.records) == ("unreached", named(missing), 1)
