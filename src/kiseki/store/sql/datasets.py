"""Inputs and outputs of runs in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table, and_, bindparam, insert, select

from kiseki.base.ids import ExperimentId
from kiseki.domain.changes import INPUTS
from kiseki.domain.datasets import Dataset, DatasetInput, DatasetSummary, ModelOutput
from kiseki.domain.runs import DATA_CONTEXT_TAG
from kiseki.store.protocol import RunKey
from kiseki.store.sql.database import Connection
from kiseki.store.sql.tables import (
    ACTIVE,
    dataset_input_tags,
    dataset_inputs,
    datasets,
    model_inputs,
    model_outputs,
    runs,
)

_FIND = select(datasets.c.number).where(
    datasets.c.experiment == bindparam("group"),
    datasets.c.name == bindparam("called"),
    datasets.c.digest == bindparam("hash"),
)
_ADD = insert(datasets).values(
    experiment=bindparam("group"),
    name=bindparam("called"),
    digest=bindparam("hash"),
    source_type=bindparam("kind"),
    source=bindparam("origin"),
    schema=bindparam("shape"),
    profile=bindparam("facts"),
)
_INPUTS_OF_RUN = select(dataset_inputs.c.dataset).where(dataset_inputs.c.run == bindparam("number"))
_ADD_INPUT = insert(dataset_inputs).values(
    run=bindparam("number"), dataset=bindparam("dataset"), position=bindparam("place")
)
_ADD_INPUT_TAG = insert(dataset_input_tags).values(
    run=bindparam("number"), dataset=bindparam("dataset"), name=bindparam("key"), value=bindparam("text")
)


def _of_runs(table: Table, *columns: Any) -> Any:
    return select(table.c.run, *columns).where(table.c.run.in_(bindparam("numbers", expanding=True)))


_INPUTS = (
    select(
        dataset_inputs.c.run,
        dataset_inputs.c.dataset,
        datasets.c.name,
        datasets.c.digest,
        datasets.c.source_type,
        datasets.c.source,
        datasets.c.schema,
        datasets.c.profile,
    )
    .join(datasets, datasets.c.number == dataset_inputs.c.dataset)
    .where(dataset_inputs.c.run.in_(bindparam("numbers", expanding=True)))
    .order_by(dataset_inputs.c.run, dataset_inputs.c.position)
)
_INPUT_TAGS = _of_runs(
    dataset_input_tags, dataset_input_tags.c.dataset, dataset_input_tags.c.name, dataset_input_tags.c.value
)
_MODEL_INPUTS = _of_runs(model_inputs, model_inputs.c.model_id).order_by(model_inputs.c.model_id)
_MODEL_OUTPUTS = _of_runs(model_outputs, model_outputs.c.model_id, model_outputs.c.step).order_by(
    model_outputs.c.model_id, model_outputs.c.step
)
_ADD_MODEL_INPUT = insert(model_inputs).values(run=bindparam("number"), model_id=bindparam("model"))
_ADD_MODEL_OUTPUT = insert(model_outputs).values(
    run=bindparam("number"), model_id=bindparam("model"), step=bindparam("at")
)
_SUMMARIES = (
    select(datasets.c.experiment, datasets.c.name, datasets.c.digest, dataset_input_tags.c.value)
    .select_from(datasets)
    .join(dataset_inputs, dataset_inputs.c.dataset == datasets.c.number)
    .join(runs, and_(runs.c.number == dataset_inputs.c.run, runs.c.lifecycle == ACTIVE))
    .outerjoin(
        dataset_input_tags,
        and_(
            dataset_input_tags.c.run == dataset_inputs.c.run,
            dataset_input_tags.c.dataset == dataset_inputs.c.dataset,
            dataset_input_tags.c.name == DATA_CONTEXT_TAG,
        ),
    )
    .where(datasets.c.experiment.in_(bindparam("numbers", expanding=True)))
    .distinct()
    .order_by(datasets.c.experiment, datasets.c.name, datasets.c.digest)
    .limit(bindparam("most"))
)


class SqlDatasets:
    """`kiseki.store.protocol.Datasets`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def log_inputs(self, run: RunKey, datasets: Sequence[DatasetInput], model_ids: Sequence[str]) -> None:
        connection = self._connection
        connection.hold(run.number)
        present = {row[0] for row in connection.rows(_INPUTS_OF_RUN, number=run.number)}
        for given in datasets:
            dataset = given.dataset
            found = connection.row(_FIND, group=run.experiment, called=dataset.name, hash=dataset.digest)
            number = (
                int(found[0])
                if found
                else connection.add(
                    _ADD,
                    group=run.experiment,
                    called=dataset.name,
                    hash=dataset.digest,
                    kind=dataset.source_type,
                    origin=dataset.source,
                    shape=dataset.schema,
                    facts=dataset.profile,
                )
            )
            if number not in present:
                connection.run(_ADD_INPUT, number=run.number, dataset=number, place=len(present))
                present.add(number)
                connection.write_many(
                    _ADD_INPUT_TAG,
                    [
                        {"number": run.number, "dataset": number, "key": key, "text": value}
                        for key, value in given.tags.items()
                    ],
                )
        known = set(self.model_inputs_of([run.number]).get(run.number, []))
        fresh = [model_id for model_id in dict.fromkeys(model_ids) if model_id not in known]
        connection.write_many(_ADD_MODEL_INPUT, [{"number": run.number, "model": model_id} for model_id in fresh])
        connection.changes.runs[run.run_id, INPUTS] = run.experiment

    def log_outputs(self, run: RunKey, outputs: Sequence[ModelOutput]) -> None:
        self._connection.hold(run.number)
        known = self.outputs_of([run.number]).get(run.number, [])
        fresh = [output for output in dict.fromkeys(outputs) if output not in known]
        self._connection.write_many(
            _ADD_MODEL_OUTPUT,
            [{"number": run.number, "model": output.model_id, "at": output.step} for output in fresh],
        )
        self._connection.changes.runs[run.run_id, INPUTS] = run.experiment

    def search(self, experiment_ids: Sequence[ExperimentId], limit: int) -> list[DatasetSummary]:
        rows = self._connection.rows_in(_SUMMARIES, "numbers", [int(one) for one in experiment_ids], most=limit)
        return [
            DatasetSummary(experiment_id=str(experiment), name=name, digest=digest, context=context or "")
            for experiment, name, digest, context in rows
        ]

    def inputs_of(self, numbers: Sequence[int]) -> dict[int, list[DatasetInput]]:
        """The dataset inputs of runs, by the run's number, in the order in which they were logged."""
        rows = self._connection.rows_in(_INPUTS, "numbers", numbers)
        if not rows:
            return {}
        tags: dict[tuple[int, int], dict[str, str]] = {}
        for run, number, key, value in self._connection.rows_in(_INPUT_TAGS, "numbers", numbers):
            tags.setdefault((run, number), {})[key] = value
        found: dict[int, list[DatasetInput]] = {}
        for run, number, name, digest, source_type, source, schema, profile in rows:
            dataset = Dataset(
                name=name, digest=digest, source_type=source_type, source=source, schema=schema, profile=profile
            )
            found.setdefault(run, []).append(DatasetInput(dataset=dataset, tags=tags.get((run, number), {})))
        return found

    def model_inputs_of(self, numbers: Sequence[int]) -> dict[int, list[str]]:
        """The ids of the models that runs read, by the run's number."""
        found: dict[int, list[str]] = {}
        for run, model_id in self._connection.rows_in(_MODEL_INPUTS, "numbers", numbers):
            found.setdefault(run, []).append(model_id)
        return found

    def outputs_of(self, numbers: Sequence[int]) -> dict[int, list[ModelOutput]]:
        """The models that runs made, by the run's number, by step."""
        found: dict[int, list[ModelOutput]] = {}
        for run, model_id, step in self._connection.rows_in(_MODEL_OUTPUTS, "numbers", numbers):
            found.setdefault(run, []).append(ModelOutput(model_id=model_id, step=step))
        return found
