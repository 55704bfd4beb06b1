"""Which endpoint answers a request, from the list in `kiseki.wire.routes`, and what the names in its path stand for."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from types import ModuleType
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from kiseki.base.errors import EndpointNotFound, InvalidParameter, MethodNotAllowed
from kiseki.server.context import Context
from kiseki.service import Reads, Session
from kiseki.wire.routes import ENDPOINTS, Endpoint

Handler = Callable[[Session, Any], msgspec.Struct]
Points = Callable[[Any], int]
Stream = Callable[[Request, Context], Awaitable[Response]]

_NAME: Final = re.compile(r"{(\w+)}")


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """An endpoint with what answers it: one of `read`, `write` and `stream`.

    `template` is the path by which it is counted, `points` counts the points that a request writes,
    `ahead` tells what it is about to read.
    """

    endpoint: Endpoint
    template: str
    read: Handler | None
    write: Handler | None
    stream: Stream | None
    points: Points | None
    ahead: Callable[[Any], Reads] | None


class _Pattern(msgspec.Struct, frozen=True, kw_only=True):
    """A path with names in it: what stands before the first, the rest as an expression, and its routes by method."""

    start: str
    rest: re.Pattern[str]
    routes: dict[str, Route]


class Router:
    """All routes of a server.

    Raises:
        ValueError: An endpoint has no handler, or a handler no endpoint.
    """

    def __init__(self, modules: Sequence[ModuleType]) -> None:
        self._exact: dict[str, dict[str, Route]] = {}
        patterns: dict[str, dict[str, Route]] = {}
        for route in _routes(modules):
            for path in route.endpoint.paths:
                table = patterns if "{" in path else self._exact
                table.setdefault(path, {}).update(dict.fromkeys(route.endpoint.methods, route))
        # Of two that fit, the one of which more is written comes first.
        ordered = sorted(patterns, key=lambda path: -len(_NAME.sub("", path)))
        self._patterns = [_pattern(path, patterns[path]) for path in ordered]

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]]:
        """The route of a path, and what the names in the route's path stand for.

        Raises:
            EndpointNotFound: There is none.
            MethodNotAllowed: It takes other methods.
        """
        found, names = self._exact.get(path), {}
        if found is None:
            for pattern in self._patterns:
                if path.startswith(pattern.start) and (match := pattern.rest.fullmatch(path, len(pattern.start))):
                    found, names = pattern.routes, match.groupdict()
                    break
            else:
                raise EndpointNotFound(
                    f"No endpoint has the path {path[:300]!r}. GET /api/kiseki/v1/openapi.json lists all there are."
                )
        route = found.get(method)
        if route is None:
            raise MethodNotAllowed(f"{path[:300]} takes {', '.join(sorted(found))}, not {method}.")
        return route, names


def named(request: msgspec.Struct, names: dict[str, str]) -> msgspec.Struct:
    """A request with what its path names.

    Raises:
        InvalidParameter: Its body or query names something else.
    """
    for name, value in names.items():
        given = getattr(request, name)
        if given and given != value:
            raise InvalidParameter(
                f"Request specifies two values of '{name}': {value[:100]!r} in its path and {str(given)[:100]!r}."
            )
    return msgspec.structs.replace(request, **names)


def _routes(modules: Sequence[ModuleType]) -> list[Route]:
    reads: dict[str, Handler] = {}
    writes: dict[str, Handler] = {}
    streams: dict[str, Stream] = {}
    points: dict[str, Points] = {}
    ahead: dict[str, Callable[[Any], Reads]] = {}
    for module in modules:
        reads |= getattr(module, "READS", {})
        writes |= getattr(module, "WRITES", {})
        streams |= getattr(module, "STREAMS", {})
        points |= getattr(module, "POINTS", {})
        ahead |= getattr(module, "AHEAD", {})
    handled = [*reads, *writes, *streams]
    if sorted(handled) != sorted(endpoint.name for endpoint in ENDPOINTS):
        raise ValueError(f"handlers and endpoints differ: {set(handled) ^ {one.name for one in ENDPOINTS}}")
    return [
        Route(
            endpoint=endpoint,
            template=endpoint.paths[0],
            read=reads.get(endpoint.name),
            write=writes.get(endpoint.name),
            stream=streams.get(endpoint.name),
            points=points.get(endpoint.name),
            ahead=ahead.get(endpoint.name),
        )
        for endpoint in ENDPOINTS
    ]


def _pattern(path: str, routes: dict[str, Route]) -> _Pattern:
    """A name stands for one part of a path, and at the path's end for all that is left of it."""
    start, brace, rest = path.partition("{")
    text, end = "", 0
    rest = brace + rest
    for match in _NAME.finditer(rest):
        text += re.escape(rest[end : match.start()])
        end = match.end()
        text += f"(?P<{match[1]}>{'.+' if end == len(rest) else '[^/]+'})"
    return _Pattern(start=start, rest=re.compile(text + re.escape(rest[end:]), re.DOTALL), routes=routes)
