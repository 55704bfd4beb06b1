"""Live updates on the wire: server-sent events, each with one JSON object as its data."""

from __future__ import annotations

import msgspec


class AskEvents(msgspec.Struct, kw_only=True, omit_defaults=True):
    """GET /api/kiseki/v1/events: a stream of what changes, of all experiments or of those that are named."""

    experiment_ids: list[str] = []


class ChangedRun(msgspec.Struct, kw_only=True):
    """A run that changed: `what` has some of `created`, `info`, `params`, `tags`, `metrics`, `inputs`, `lifecycle`."""

    run_id: str
    experiment_id: str
    what: list[str]


class ChangedLoggedModel(msgspec.Struct, kw_only=True):
    """A logged model that changed: `what` has some of `created`, `info`, `params`, `tags`, `metrics`, `lifecycle`."""

    model_id: str
    experiment_id: str
    what: list[str]


class Changes(msgspec.Struct, kw_only=True):
    """What changed since the last event of the stream, at most once in half a second: the event `changes`.

    `registered_models` has names; they are told where all experiments are asked for. With `everything` more
    changed than is told (changes by another process, or very many): ask for what is shown anew.
    """

    runs: list[ChangedRun] = []
    logged_models: list[ChangedLoggedModel] = []
    experiments: list[str] = []
    registered_models: list[str] = []
    everything: bool = False
