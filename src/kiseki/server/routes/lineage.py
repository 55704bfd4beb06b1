"""The endpoint of lineage."""

from __future__ import annotations

from typing import Final

from kiseki.domain.model_versions import version_number
from kiseki.service import Session, lineage
from kiseki.wire import lineage as wire


def get(session: Session, request: wire.AskLineage) -> wire.LineageAnswer:
    """GET /api/kiseki/v1/registry/lineage."""
    found = lineage.asked_for(
        session,
        name=request.name,
        version=version_number(request.version) if request.version else None,
        alias=request.alias,
        run_id=request.run_id,
        model_id=request.model_id,
        dataset=(request.experiment_id, request.dataset_name, request.dataset_digest),
    )
    return wire.lineage_from_domain(found)


READS: Final = {"lineage.get": get}
