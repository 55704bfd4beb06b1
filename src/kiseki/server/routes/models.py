"""The endpoints of logged models."""

from __future__ import annotations

from typing import Final

from kiseki.service import Session
from kiseki.wire.models import ModelsAnswer, SearchModels


def search(session: Session, request: SearchModels) -> ModelsAnswer:
    """POST logged-models/search."""
    return ModelsAnswer()


READS: Final = {"models.search": search}
