"""Asking for moves of aliases and stages, as people and as the UI do."""

from __future__ import annotations

from typing import Any

from tests.wire.server import NATIVE, Json, Response, Server

CONFLICT = "RESOURCE_CONFLICT"


def ask(server: Server, user: str = "", /, **fields: Any) -> Response:
    """Asks for a move, as a user."""
    return server.ask("POST", f"{NATIVE}registry/moves", user=user, **fields)


def decide(server: Server, verb: str, user: str = "", /, **fields: Any) -> Response:
    """Approves or refuses a move, or takes an alias back, as a user."""
    return server.ask("POST", f"{NATIVE}registry/moves/{verb}", user=user, **fields)


def rules(server: Server, name: str, **fields: Any) -> None:
    """Sets what a model asks for."""
    server.native("registry/rules", name=name, rules=fields).ok()


def history(server: Server, name: str, **query: Any) -> list[Json]:
    """A page of the moves of a model."""
    answer = server.request("GET", f"{NATIVE}registry/moves", query={"name": name, **query}).ok()
    return list(answer.get("moves", []))
