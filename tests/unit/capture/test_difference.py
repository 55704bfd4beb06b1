"""What differs between two captures of real repositories."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from kiseki.base.ids import ExperimentId, RunId
from kiseki.capture.capture import CAPTURE_TAG, Capture, Taken, encode, take
from kiseki.capture.command import Command
from kiseki.capture.difference import compare
from kiseki.capture.packages import Package
from kiseki.capture.repository import find_repository
from kiseki.capture.seeds import Seed
from kiseki.domain.datasets import Dataset, DatasetInput
from kiseki.domain.differences import Change, CodeDifference, Difference, FileChange, MetricDifference
from kiseki.domain.experiments import LifecycleStage
from kiseki.domain.metrics import Metric
from kiseki.domain.runs import Run, RunStatus
from tests.repositories import Repository

TWENTY = "".join(f"line {number}\n" for number in range(1, 21))


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """git asked anew."""
    find_repository.cache_clear()
    yield
    find_repository.cache_clear()


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "code")
    made.commit(a__py=TWENTY, b__py="b = 1\n", gone__py="gone\n")
    return made


def taken(run_id: str, repository: Repository, *arguments: str) -> Taken:
    find_repository.cache_clear()
    command = Command(
        kind="script",
        argv=("/bin/python", f"{repository.folder}/a.py", *arguments),
        folder=str(repository.folder),
        script=f"{repository.folder}/a.py",
    )
    return take(run_id, command)


def with_capture(found: Taken, **changed: object) -> Taken:
    capture: Capture = msgspec.structs.replace(found.capture, **changed)
    return Taken(capture=capture, files={**found.files, "capture.json": encode(capture)})


def a_run(run_id: str, *, holder: str | None = None, **fields: object) -> Run:
    facts = {
        "run_id": RunId(run_id),
        "experiment_id": ExperimentId("1"),
        "run_name": run_id,
        "user_id": "u",
        "status": RunStatus.FINISHED,
        "start_time": 1,
        "end_time": 2,
        "artifact_uri": "",
        "lifecycle_stage": LifecycleStage.ACTIVE,
        "tags": {} if holder is None else {CAPTURE_TAG: holder},
        **fields,
    }
    return Run(**facts)  # type: ignore[arg-type]


def difference(before: Taken, after: Taken) -> Difference:
    held = {one.capture.run_id: one.files for one in (before, after)}
    runs = [a_run(one.capture.run_id, holder=one.capture.run_id) for one in (before, after)]
    return compare(runs[0], runs[1], lambda holder, name: held[holder].get(name))


def test_code_at_one_commit(repository: Repository) -> None:
    folder = repository.folder
    (folder / "a.py").write_text(TWENTY.replace("line 3\n", "before\n"))
    (folder / "only_before.py").write_text("1\n")
    (folder / "beside.py").write_text("x = 1\n")
    before = taken("before", repository)
    (folder / "a.py").write_text(TWENTY.replace("line 3\n", "after\n").replace("line 17\n", ""))
    (folder / "only_before.py").unlink()
    (folder / "beside.py").write_text("x = 2\n")
    (folder / "gone.py").unlink()
    after = taken("after", repository, "--fast")
    assert difference(before, after).code == CodeDifference(
        facts=(Change(name="command", before="a.py", after="a.py --fast"),),
        files=(
            FileChange(path="a.py", status="changed"),
            FileChange(path="beside.py", status="changed"),
            FileChange(path="gone.py", status="removed"),
            FileChange(path="only_before.py", status="removed"),
        ),
        diff="""\
--- a/a.py
+++ b/a.py
@@
 line 1
 line 2
-before
+after
 line 4
 line 5
 line 6
@@
 line 14
 line 15
 line 16
-line 17
 line 18
 line 19
 line 20
--- a/beside.py
+++ b/beside.py
@@ -1 +1 @@
-x = 1
+x = 2
--- a/gone.py
+++ b/gone.py
@@
-gone
--- a/only_before.py
+++ b/only_before.py
@@ -1 +0,0 @@
-1
""",
    )
    # The other way round, what was there comes back.
    back = difference(after, before).code
    assert [file.status for file in back.files] == ["changed", "changed", "added", "added"]
    assert "-after\n+before" in back.diff


def test_a_patch_with_a_number_that_is_none(repository: Repository) -> None:
    (repository.folder / "a.py").write_text(TWENTY.replace("line 3\n", "before\n"))
    before = taken("before", repository)
    after = with_capture(taken("after", repository), run_id="after")
    after.files["changes.patch"] = after.files["changes.patch"].replace(b"-1,6", b"-" + b"1" * 5000)
    after.files["changes.patch"] = after.files["changes.patch"].replace(b"..", b"..1", 1)
    found = difference(before, after).code
    assert (found.files, found.diff_is_whole) == ((FileChange(path="a.py", status="changed"),), True)


def test_a_size_that_is_none(repository: Repository) -> None:
    found = taken("before", repository)
    data = found.files["capture.json"].replace(b'"memory_bytes": ', b'"memory_bytes": 1' + b"0" * 400)
    lying = Taken(capture=found.capture, files={**found.files, "capture.json": data})
    assert "has a capture that cannot be read" in difference(lying, taken("after", repository)).problems[0]


def test_the_same_code_at_the_same_commit_is_no_difference(repository: Repository) -> None:
    (repository.folder / "a.py").write_text(TWENTY + "more\n")
    (repository.folder / "new.py").write_text("x = 1\n")
    found = difference(taken("before", repository), taken("after", repository))
    assert (found.code, found.packages, found.host, found.variables) == (CodeDifference(), (), (), ())
    assert found.problems == ()


def test_a_commit_of_what_was_changed(repository: Repository) -> None:
    (repository.folder / "a.py").write_text(TWENTY + "more\n")
    before = taken("before", repository)
    first = before.capture.source.commit
    second = repository.commit()
    found = difference(before, taken("after", repository)).code
    assert found.facts == (Change(name="commit", before=first, after=second),)
    # What the other commit has is not known here, and nobody says that it is.
    assert (found.files, found.diff, found.diff_is_whole) == (
        (FileChange(path="a.py", status="changed"),),
        "",
        False,
    )


def test_binary_and_large_files_are_named(repository: Repository) -> None:
    before = taken("before", repository)
    (repository.folder / "b.py").write_bytes(b"\0\1\2")
    (repository.folder / "large.txt").write_text("x\n" * 11_000)
    found = difference(before, taken("after", repository)).code
    assert [(file.path, file.status) for file in found.files] == [("b.py", "changed"), ("large.txt", "added")]
    assert not found.diff_is_whole


def test_packages_machine_variables_and_seeds(repository: Repository) -> None:
    before = taken("before", repository)
    host = before.capture.host
    same = {"host": msgspec.structs.replace(host, python="3.12.1", memory_bytes=2 << 30)}
    packages = (
        Package(name="a", version="1"),
        Package(name="b", version="1"),
        Package(name="d", version="3"),
        Package(name="kiseki", version="5", url="file:///code/kiseki"),
        Package(name="own", version="1", url=f"file://{before.capture.source.root}/parts/own", editable=True),
        Package(name="whole", version="1", url=f"file://{before.capture.source.root}"),
    )
    seeds = {
        "torch": Seed(seeded=False, state="1"),
        "random": Seed(seeded=None, state="1"),
        "numpy": Seed(seeded=False),
    }
    changed = {
        "packages": (
            Package(name="a", version="2"),
            Package(name="c", version="1", url="git+https://host/c@abc"),
            Package(name="d", version="3"),
            # The same, put in without what says where it is from.
            Package(name="kiseki", version="5"),
            # What is in the code may lie elsewhere with it.
            Package(name="own", version="1", url="file:///elsewhere/parts/own", editable=True),
            Package(name="whole", version="1", url="file:///parts"),
        ),
        "source": msgspec.structs.replace(before.capture.source, root="/elsewhere"),
        "host": msgspec.structs.replace(host, python="3.13.0", memory_bytes=4 << 30),
        "variables": {"TZ": "UTC"},
        "seeds": {
            "torch": Seed(seeded=True, value=7, state="2"),
            "random": Seed(seeded=None, state="2"),
            "numpy": Seed(seeded=False, state="2"),
        },
    }
    found = difference(
        with_capture(before, packages=packages, variables={}, seeds=seeds, **same),
        with_capture(taken("after", repository), **changed),
    )
    assert found.packages == (
        Change(name="a", before="1", after="2"),
        Change(name="b", before="1", after=None),
        Change(name="c", before=None, after="1 (git+https://host/c@abc)"),
        Change(name="whole", before="1 (.)", after="1 (file:///parts)"),
    )
    assert found.host == (
        Change(name="memory", before="2.0 GiB", after="4.0 GiB"),
        Change(name="python", before="3.12.1", after="3.13.0"),
    )
    assert found.variables == (Change(name="TZ", before=None, after="UTC"),)
    assert found.seeds == (
        Change(name="random", before="unknown, state 1", after="unknown, state 2"),
        Change(name="torch", before="not seeded", after="7"),
    )


def test_params_data_and_metrics_of_runs_without_a_capture() -> None:
    def data(digest: str, context: str) -> DatasetInput:
        dataset = Dataset(name="d", digest=digest, source_type="local", source="{}")
        return DatasetInput(dataset=dataset, tags={"mlflow.data.context": context})

    def metrics(**values: float) -> list[Metric]:
        return [Metric(key=key.replace("_", "/"), value=value, timestamp=1) for key, value in values.items()]

    before = a_run(
        "before",
        params={"a": "1", "b": "2"},
        dataset_inputs=[data("x", "train"), data("y", "test")],
        metrics=metrics(loss=0.5, gone=1.0, bad=float("nan"), system_cpu=3.0),
    )
    after = a_run(
        "after",
        holder="lost",
        params={"a": "1", "b": "3", "c": "4"},
        dataset_inputs=[data("z", "train"), data("y", "test")],
        metrics=metrics(loss=0.75, bad=float("-inf"), system_cpu=4.0),
    )
    found = compare(before, after, lambda holder, name: None)
    assert found.params == (Change(name="b", before="2", after="3"), Change(name="c", before=None, after="4"))
    assert found.data == (Change(name="d (train)", before="x", after="z"),)
    assert found.metrics == (
        MetricDifference(key="bad", before="NaN", after="-Infinity", difference=None),
        MetricDifference(key="gone", before=1.0, after=None, difference=None),
        MetricDifference(key="loss", before=0.5, after=0.75, difference=0.25),
    )
    assert len(found.problems) == 2
    assert "before was not captured" in found.problems[0]
    assert "lost, where it is not" in found.problems[1]
