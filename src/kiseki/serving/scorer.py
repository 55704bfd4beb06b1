"""Requests answered by a model, several of them by one prediction where that changes nothing but the time it takes.

Whether it changes something is not told by a signature: a model may answer a row by its place in the table, or by the
other rows. So trust is earned. The first requests that could be answered together are answered one by one, and the model
is asked once more for all of them; only after it gave the same answers a few times, for requests that differed, are
its answers for several requests used. One answer that is another, or has not one row for each row, and each request is
answered alone from then on.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Sequence
from time import perf_counter
from typing import Any, Final, Protocol

import msgspec

from kiseki.base.errors import BadRequest, KisekiError
from kiseki.models.payload import ARROW_STREAM, JSON, PayloadDecoder
from kiseki.models.predictions import encode_arrow, encode_json
from kiseki.models.rows import Rows
from kiseki.models.signature import ModelSignature
from kiseki.serving.joining import agree, joined, kind_of, rows_of, split

PROBES: Final = 3
"""So often the answers for several requests have to be those for each alone."""
MAX_ROWS: Final = 1024
"""So many rows are joined at most: more are a batch already."""

log = logging.getLogger("kiseki.serving")

Told = Callable[[int, float, bool], None]
"""Is told of each call of the model: for how many requests, how many seconds it took, and whether it raised."""


class Model(Protocol):
    """What a scorer asks of a model, which is what `kiseki.pyfunc.load_model` returns."""

    def predict_checked(self, data: Any, params: dict[str, Any] | None = None) -> Any:
        """Returns the output for an input that is as the signature asks for it, as a `PayloadDecoder` makes it."""
        ...


class Invocation(msgspec.Struct, frozen=True, kw_only=True):
    """A request as it came: its body, and two of its headers, "" where they are missing."""

    body: bytes | bytearray
    content_type: str = JSON
    accept: str = ""


class Scored(msgspec.Struct, frozen=True, kw_only=True):
    """An answer."""

    body: bytes
    media_type: str


Outcome = Scored | Exception


class _Request(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A request that was read. `kind` is that of those with which it can be joined, None where it cannot."""

    place: int
    data: Any
    params: Any
    wrapped: bool
    accept: str
    kind: Hashable | None
    body: bytes | bytearray


class Scorer:
    """Answers requests to one model. Safe for several threads as far as the model is.

    Args:
        model: What predicts.
        signature: What the model takes; without inputs in it no requests are answered together.
        batching: Whether requests may be answered together at all.
        told: Is told of each call of the model.
    """

    def __init__(self, model: Model, signature: ModelSignature | None, *, batching: bool, told: Told) -> None:
        self._model = model
        self._decoder = PayloadDecoder(signature)
        self._joins = batching and signature is not None and signature.inputs is not None
        self._probes = 0
        self._told = told

    @property
    def joins(self) -> bool:
        """Whether requests may be answered together; once that is not so it never is again."""
        return self._joins

    def answer(self, invocations: Sequence[Invocation]) -> list[Outcome]:
        """Answers requests, each as if it had come alone. What one asks or sends wrong is an error of its own.

        Returns:
            The outcomes, in the order of the requests.
        """
        outcomes: dict[int, Outcome] = {}
        groups: dict[Hashable, list[_Request]] = {}
        for place, invocation in enumerate(invocations):
            try:
                request = self._read(place, invocation, alone=len(invocations) == 1)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is this request's outcome
                outcomes[place] = _failure(error)
            else:
                # No kind is a number, so that requests without one have groups of their own.
                groups.setdefault(place if request.kind is None else request.kind, []).append(request)
        for group in groups.values():
            for requests in _portions(group):
                outcomes |= self._answer_some(requests)
        return [outcomes[place] for place in range(len(invocations))]

    def _read(self, place: int, invocation: Invocation, *, alone: bool) -> _Request:
        payload = self._decoder.read(invocation.body, invocation.content_type)
        kind = None if alone or not self._joins else kind_of(payload.data)
        if kind is not None:
            kind = (kind, payload.wrapped, msgspec.json.encode(payload.params, order="sorted"))
        return _Request(
            place=place,
            data=payload.data,
            params=payload.params,
            wrapped=payload.wrapped,
            accept=invocation.accept,
            kind=kind,
            body=invocation.body,
        )

    def _answer_some(self, requests: Sequence[_Request]) -> dict[int, Outcome]:
        """Answers requests of one kind."""
        if len(requests) == 1:
            return {request.place: self._answer_one(request) for request in requests}
        if self._probes >= PROBES:
            outputs = self._predict_together(requests)
            if outputs is not None:
                return {
                    request.place: _encoded(request, output) for request, output in zip(requests, outputs, strict=True)
                }
            # A row that the model fails on, or a model that does not do what it did before.
        alone = [self._predict(request.data, request.params, 1) for request in requests]
        if self._joins and not any(isinstance(output, _Raised) for output in alone):
            self._compare(requests, alone)
        return {
            request.place: output.error if isinstance(output, _Raised) else _encoded(request, output)
            for request, output in zip(requests, alone, strict=True)
        }

    def _compare(self, requests: Sequence[_Request], alone: Sequence[Any]) -> None:
        """Looks whether requests answered together get the answers that each got alone."""
        if len({bytes(request.body) for request in requests}) == 1:
            # The mean of equal rows is any of them: nothing is told by them.
            return
        outputs = self._predict_together(requests)
        if outputs is not None and all(map(agree, outputs, alone)):
            self._probes += 1
            if self._probes == PROBES:
                log.info("requests that wait are answered together from now on")
            return
        self._joins = False
        log.warning(
            "The model answers a table otherwise than its rows, so that each request is answered alone. --no-batching says "
            "so from the start."
        )

    def _predict_together(self, requests: Sequence[_Request]) -> list[Any] | None:
        """The output for each request, None when there is none that could be told apart."""
        data = joined([request.data for request in requests])
        output = self._predict(data, requests[0].params, len(requests))
        if isinstance(output, _Raised):
            return None
        return split(output, [rows_of(request.data) for request in requests])

    def _answer_one(self, request: _Request) -> Outcome:
        output = self._predict(request.data, request.params, 1)
        return output.error if isinstance(output, _Raised) else _encoded(request, output)

    def _predict(self, data: Any, params: Any, requests: int) -> Any:
        """What the model answers, or what it raised."""
        began = perf_counter()
        raised: _Raised | None = None
        try:
            # Rows fit the signature or not, each for itself; several are made a table at once.
            checked = self._decoder.typed(data) if isinstance(data, Rows) else data
            return self._model.predict_checked(checked, params)
        except Exception as error:  # noqa: BLE001 - a model may raise anything
            raised = _Raised(_failure(error))
            return raised
        finally:
            self._told(requests, perf_counter() - began, raised is not None)


class _Raised(msgspec.Struct, frozen=True):
    """What a model raised, instead of an output."""

    error: Exception


def _portions(group: Sequence[_Request]) -> list[list[_Request]]:
    """Requests of one kind in portions of at most 1,024 rows; one with more is a portion."""
    portions: list[list[_Request]] = []
    rows = MAX_ROWS
    for request in group:
        own = 0 if request.kind is None else rows_of(request.data)
        if not portions or rows + own > MAX_ROWS:
            portions.append([])
            rows = 0
        portions[-1].append(request)
        rows += own
    return portions


def _encoded(request: _Request, output: Any) -> Outcome:
    try:
        if ARROW_STREAM in request.accept:
            return Scored(body=encode_arrow(output), media_type=ARROW_STREAM)
        return Scored(body=encode_json(output, wrapped=request.wrapped), media_type=JSON)
    except Exception as error:  # noqa: BLE001 - what a model answers may be anything
        return _failure(error)


def _failure(error: Exception) -> Exception:
    """The error that a client gets: kiseki's own as they are, others without what only the log should have."""
    if isinstance(error, KisekiError):
        return error
    failure = BadRequest(
        "Encountered an unexpected error while evaluating the model. Verify that the input is compatible with the model "
        f"for inference. Error: {type(error).__name__}: {error}"
    )
    failure.__cause__ = error
    return failure
