"""Saved views on the wire: what a page of the UI shows, under a name."""

from __future__ import annotations

import msgspec


class AskViews(msgspec.Struct, kw_only=True):
    """GET /api/kiseki/v1/views: the views of a page."""

    scope: str


class View(msgspec.Struct, kw_only=True):
    """A view. `state` is JSON as the UI wrote it; `update_time` is milliseconds since the epoch."""

    scope: str
    name: str
    state: str
    update_time: int


class ViewsAnswer(msgspec.Struct, kw_only=True):
    """Views by name."""

    views: list[View]


class SaveView(msgspec.Struct, kw_only=True):
    """POST /api/kiseki/v1/views/save: adds a view or replaces the one of that name.

    `scope` says what it is a view of, such as `experiments/1,2`: 1 to 500 characters. A name has 1 to 200 characters,
    `state` at most 65,536 bytes.
    """

    scope: str
    name: str
    state: str


class DeleteView(msgspec.Struct, kw_only=True):
    """POST /api/kiseki/v1/views/delete."""

    scope: str
    name: str
