"""The endpoints of experiments."""

from __future__ import annotations

from typing import Final

import msgspec

from kiseki.domain.experiments import View
from kiseki.service import Session, columns, experiments
from kiseki.wire import experiments as wire
from kiseki.wire.runs import view_to_domain


def create(session: Session, request: wire.CreateExperiment) -> wire.ExperimentRef:
    """POST experiments/create."""
    tags = wire.distinct_tags(request.tags)
    experiment_id = experiments.create(session, request.name, request.artifact_location, tags)
    return wire.ExperimentRef(experiment_id=experiment_id)


def get(session: Session, request: wire.ExperimentRef) -> wire.ExperimentAnswer:
    """GET experiments/get."""
    found = experiments.get(session, request.experiment_id)
    return wire.ExperimentAnswer(experiment=wire.experiment_from_domain(found))


def get_by_name(session: Session, request: wire.ExperimentNameRef) -> wire.ExperimentAnswer:
    """GET experiments/get-by-name."""
    found = experiments.get_by_name(session, request.experiment_name)
    return wire.ExperimentAnswer(experiment=wire.experiment_from_domain(found))


def search(session: Session, request: wire.SearchExperiments) -> wire.ExperimentsAnswer:
    """GET or POST experiments/search."""
    view: View = view_to_domain(request.view_type, "view_type")
    page = experiments.search(session, view, request.max_results, request.filter, request.order_by, request.page_token)
    return wire.ExperimentsAnswer(
        experiments=[wire.experiment_from_domain(found) for found in page.items],
        next_page_token=page.next_page_token,
    )


def update(session: Session, request: wire.UpdateExperiment) -> wire.Empty:
    """POST experiments/update."""
    experiments.rename(session, request.experiment_id, request.new_name)
    return wire.Empty()


def delete(session: Session, request: wire.ExperimentRef) -> wire.Empty:
    """POST experiments/delete."""
    experiments.delete(session, request.experiment_id)
    return wire.Empty()


def restore(session: Session, request: wire.ExperimentRef) -> wire.Empty:
    """POST experiments/restore."""
    experiments.restore(session, request.experiment_id)
    return wire.Empty()


def set_tag(session: Session, request: wire.SetExperimentTag) -> wire.Empty:
    """POST experiments/set-experiment-tag."""
    experiments.set_tag(session, request.experiment_id, request.key, request.value)
    return wire.Empty()


def delete_tag(session: Session, request: wire.DeleteExperimentTag) -> wire.Empty:
    """POST experiments/delete-experiment-tag."""
    experiments.delete_tag(session, request.experiment_id, request.key)
    return wire.Empty()


def search_datasets(session: Session, request: wire.SearchDatasets) -> wire.DatasetSummariesAnswer:
    """POST experiments/search-datasets."""
    found = experiments.search_datasets(session, request.experiment_ids)
    return wire.DatasetSummariesAnswer(
        dataset_summaries=[
            wire.DatasetSummary(
                experiment_id=one.experiment_id,
                name=one.name,
                digest=one.digest,
                context=one.context or msgspec.UNSET,
            )
            for one in found
        ]
    )


def find(session: Session, request: wire.FindExperiments) -> wire.FoundExperiments:
    """POST /api/kiseki/v1/experiments/search."""
    page, total = experiments.find(
        session,
        request.text,
        request.filter,
        wire.view_by_name(request.view),
        request.order_by,
        request.max_results,
        request.page_token,
    )
    return wire.FoundExperiments(
        experiments=[wire.found_from_domain(found) for found in page.items],
        total=total,
        next_page_token=page.next_page_token,
    )


def columns_(session: Session, request: wire.AskColumns) -> wire.ColumnsAnswer:
    """POST /api/kiseki/v1/experiments/columns."""
    return wire.columns_from_domain(columns.keys(session, request.experiment_ids))


def undelete(session: Session, request: wire.UndeleteExperiment) -> wire.Empty:
    """POST /api/kiseki/v1/experiments/undelete."""
    experiments.undelete(session, request.experiment_id)
    return wire.Empty()


READS: Final = {
    "experiments.get": get,
    "experiments.get_by_name": get_by_name,
    "experiments.search": search,
    "experiments.search_datasets": search_datasets,
    "experiments.find": find,
    "experiments.columns": columns_,
}
WRITES: Final = {
    "experiments.create": create,
    "experiments.update": update,
    "experiments.delete": delete,
    "experiments.restore": restore,
    "experiments.undelete": undelete,
    "experiments.set_tag": set_tag,
    "experiments.delete_tag": delete_tag,
}
