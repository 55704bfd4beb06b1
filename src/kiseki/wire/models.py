"""Logged models on the wire."""

from __future__ import annotations

import msgspec


class SearchModels(msgspec.Struct, kw_only=True):
    """POST logged-models/search: what MLflow's client asks before it lists or downloads artifacts."""

    experiment_ids: list[str] = []


class ModelsAnswer(msgspec.Struct, kw_only=True):
    """One page of logged models: none, as this version records none."""
