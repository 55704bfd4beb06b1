"""An export to Parquet: what changed since the last one, and the state that makes it valid."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import Final, NamedTuple, TypeVar

import msgspec

from kiseki.base.clock import now_ms
from kiseki.base.errors import Conflict, EndpointNotFound, InvalidParameter, NotFound
from kiseki.client.backend import Backend
from kiseki.data.place import Place
from kiseki.domain.experiments import Experiment, View
from kiseki.domain.logged_models import LoggedModel
from kiseki.domain.metrics import SeriesSummary
from kiseki.domain.runs import Page, Run
from kiseki.export.manifest import (
    Manifest,
    Part,
    experiment_files,
    files_of,
    new_name,
    read_manifest,
    write_manifest,
)
from kiseki.export.parts import DEFAULT_LIMITS, PartLimits, Parts
from kiseki.export.tables import (
    KINDS,
    arrow,
    digest_of_experiment,
    digest_of_model,
    digest_of_run,
    of_experiments,
    of_history,
    of_model,
    of_run,
    schema,
)

T = TypeVar("T")

_PAGE: Final = 100
"""Runs or logged models that are in memory at once, without the histories of runs."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What an export did.

    `written` are the runs that were new or had changed, `gone` those that are no longer there, and `points` is what the
    export has of runs. `models_written` are the logged models that were new or had changed.
    """

    experiments: int
    written: int
    unchanged: int
    gone: int
    points: int
    models_written: int = 0


class _Item(NamedTuple):
    """A run or a logged model that is there now."""

    id: str
    digest: str
    write: Callable[[Parts], None]


def export_parquet(
    backend: Backend,
    target: str,
    experiment_ids: Sequence[str] = (),
    tell: Callable[[int], None] = lambda _: None,
    limits: PartLimits = DEFAULT_LIMITS,
) -> Outcome:
    """Brings the export at a place to what is recorded now: active runs and logged models of active experiments.

    What did not change since the last export is not read from the server nor written again, but for parts that are
    small or have lost a run, which are written anew from their own files. Readers of the folders see the new files
    shortly before the old ones are gone; the manifest is replaced at once. An export that fails or is killed leaves
    the last one as it was.

    Args:
        backend: Where the runs are: a kiseki server or a database.
        target: A folder, or a URI such as `s3://bucket/prefix`.
        experiment_ids: Only these; what the export has of others stays as it is. All when empty.
        tell: Is told of each further run or model that was looked at.
        limits: How large a part gets.

    Returns:
        What was done.

    Raises:
        MissingDependency: pyarrow is not installed.
        InvalidParameter: The target is neither empty nor an export.
        Conflict: Another export to the same place ended in the meantime.
    """
    place = Place(target)
    old = read_manifest(place)
    experiments = [one for one in _experiments(backend) if not experiment_ids or one.experiment_id in experiment_ids]
    scope = set(experiment_ids) or {one.experiment_id for one in experiments} | old.experiments.keys()
    opened: list[Parts] = []
    fresh_experiments = ""
    try:
        parts = [part for part in old.parts if part.experiment_id not in scope]
        counts = dict.fromkeys(KINDS, (0, 0, 0))
        for experiment in experiments:
            for kind, items in (("runs", _run_items), ("logged_models", _model_items)):
                here = (experiment.experiment_id, kind)
                known = [part for part in old.parts if (part.experiment_id, part.kind) == here]
                writer = Parts(place, *here, limits)
                opened.append(writer)
                kept, counted = _export_items(items(backend, experiment.experiment_id), known, writer, limits, tell)
                parts += [*kept, *writer.written]
                written, unchanged, gone = (a + b for a, b in zip(counts[kind], counted, strict=True))
                counts[kind] = (written, unchanged, gone)
        parts.sort(key=lambda part: (int(part.experiment_id), part.kind, part.name))
        left = scope - {one.experiment_id for one in experiments}
        runs_left = sum(len(part.digests) for part in old.parts if part.kind == "runs" and part.experiment_id in left)
        digests = {key: digest for key, digest in old.experiments.items() if key not in scope}
        digests |= {one.experiment_id: digest_of_experiment(one) for one in experiments}
        experiments_part = old.experiments_part
        if not experiments_part or digests != old.experiments:
            experiments_part = fresh_experiments = new_name()
            _write_experiments(place, fresh_experiments, old, experiments, digests)
        outcome = Outcome(
            experiments=len(experiments),
            written=counts["runs"][0],
            unchanged=counts["runs"][1],
            gone=counts["runs"][2] + runs_left,
            points=sum(part.points for part in parts if part.kind == "runs"),
            models_written=counts["logged_models"][0],
        )
        if parts == old.parts and experiments_part == old.experiments_part:
            return outcome
        new = Manifest(
            generation=secrets.token_hex(8),
            exported_at=now_ms(),
            files=files_of(experiments_part, parts),
            experiments_part=experiments_part,
            experiments=digests,
            parts=parts,
        )
        if read_manifest(place).generation != old.generation:
            raise Conflict("Another export to the same place ended in the meantime. Start this one again.")
        before = {path for paths in old.files.values() for path in paths}
        for path in (path for paths in new.files.values() for path in paths if path not in before):
            place.publish(path)
    except BaseException:
        for writer in opened:
            with suppress(OSError):
                writer.discard()
        for path in experiment_files(fresh_experiments).values():
            with suppress(OSError):
                place.remove(path)
        raise
    write_manifest(place, new)
    return outcome


def _export_items(
    items: Iterable[_Item], known: Sequence[Part], writer: Parts, limits: PartLimits, tell: Callable[[int], None]
) -> tuple[list[Part], tuple[int, int, int]]:
    """Writes the runs, or the logged models, of an experiment that changed.

    Returns the old parts that stay as they are, and how many were written, are unchanged and are gone.
    """
    digests = {id_: digest for part in known for id_, digest in part.digests.items()}
    unchanged: set[str] = set()
    there: set[str] = set()
    for item in items:
        tell(1)
        there.add(item.id)
        if digests.get(item.id) == item.digest:
            unchanged.add(item.id)
        else:
            item.write(writer)
    stays = []
    for part in known:
        left = part.digests.keys() & unchanged
        if len(left) < len(part.digests) or (writer and limits.is_small(part)):
            if left:
                writer.carry(part, left)
        else:
            stays.append(part)
    writer.close()
    return stays, (len(there) - len(unchanged), len(unchanged), len(digests.keys() - there))


def _run_items(backend: Backend, experiment_id: str) -> Iterator[_Item]:
    for run in _runs(backend, experiment_id):
        try:
            summaries = backend.metric_summaries(run.run_id)
        except EndpointNotFound:
            raise InvalidParameter(
                f"The server at {backend.uri} does not tell of the metrics of a run as kiseki's own does. Export from a "
                "kiseki server, or from a database."
            ) from None
        except NotFound:
            # It was removed for good since the page was read.
            continue
        digest = digest_of_run(run, summaries)
        yield _Item(run.run_id, digest, partial(_write_run, backend, run, summaries, digest))


def _write_run(backend: Backend, run: Run, summaries: Sequence[SeriesSummary], digest: str, writer: Parts) -> None:
    writer.begin(run.run_id, digest, of_run(run, summaries))
    for summary in summaries:
        token = ""
        while True:
            page = backend.metric_history(run.run_id, summary.key, token)
            if page.items:
                writer.add_points(of_history(run.run_id, summary.key, page.items))
            token = page.next_page_token
            if not token:
                break
    writer.end()


def _model_items(backend: Backend, experiment_id: str) -> Iterator[_Item]:
    for model in _all(
        lambda token: backend.search_logged_models([experiment_id], "", View.ACTIVE_ONLY, [], _PAGE, [], token)
    ):
        digest = digest_of_model(model)
        yield _Item(model.model_id, digest, partial(_write_model, model, digest))


def _write_model(model: LoggedModel, digest: str, writer: Parts) -> None:
    writer.begin(model.model_id, digest, of_model(model))
    writer.end()


def _write_experiments(
    place: Place, name: str, old: Manifest, experiments: Sequence[Experiment], digests: dict[str, str]
) -> None:
    """Writes the tables of experiments: those that are given, and of the old ones those that stay."""
    pa, compute, parquet = arrow(), arrow("pyarrow.compute"), arrow("pyarrow.parquet")
    given = of_experiments(experiments)
    carried = sorted(int(one) for one in digests.keys() - {one.experiment_id for one in experiments})
    before = experiment_files(old.experiments_part)
    for table, path in experiment_files(name).items():
        rows = given[table]
        if carried:
            with place.open(before[table]) as file:
                found = parquet.read_table(file, schema=schema(table))
            stays = compute.is_in(found.column("experiment_id"), pa.array(carried, pa.int64()))
            rows = pa.concat_tables([found.filter(stays), rows])
        with place.create(path) as stream:
            parquet.write_table(rows.sort_by("experiment_id"), stream, compression="zstd")


def _experiments(backend: Backend) -> Iterator[Experiment]:
    return _all(lambda token: backend.search_experiments(View.ACTIVE_ONLY, _PAGE, "", [], token))


def _runs(backend: Backend, experiment_id: str) -> Iterator[Run]:
    return _all(lambda token: backend.search_runs([experiment_id], "", View.ACTIVE_ONLY, _PAGE, [], token))


def _all(page: Callable[[str], Page[T]]) -> Iterator[T]:
    """The items of all pages."""
    token = ""
    while True:
        found = page(token)
        yield from found.items
        token = found.next_page_token
        if not token:
            return
