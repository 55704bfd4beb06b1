"""Requests answered by a model, several of them by one prediction where that changes nothing but the time it takes.

Whether it changes something is not told by a signature: a model may answer a row by its place in the table, or by the
other rows. So trust is earned. At first each request is answered alone; when others wait, the model is asked once more
for several that were answered, and only after it gave the same answers a few times, for requests that differ, are its
answers for several requests used. One answer that is another, or has not one row for each row, and each request is
answered alone for good.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from threading import Lock
from time import perf_counter
from typing import Any, Final, Protocol

import msgspec

from kiseki.base.errors import BadRequest, KisekiError
from kiseki.models.arrow_tables import ARROW_STREAM
from kiseki.models.payload import JSON, MAX_TABLE_BYTES, PayloadDecoder
from kiseki.models.predictions import encode_arrow, encode_json
from kiseki.models.rows import Rows
from kiseki.models.signature import ModelSignature
from kiseki.serving.joining import agree, joined, kind_of, rows_of, split

PROBES: Final = 3
"""So often the answers for several requests have to be those for each alone."""
SAMPLES: Final = 8
"""So many answered requests are kept for that."""
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
    """A request that was read."""

    place: int
    data: Any
    params: Any
    wrapped: bool
    accept: str

    def kind(self) -> Hashable | None:
        """What it has in common with those with which it can be joined, None where it can be with none."""
        kind = kind_of(self.data)
        return None if kind is None else (kind, self.wrapped, msgspec.json.encode(self.params, order="sorted"))


class Scorer:
    """Answers requests to one model. Safe for several threads as far as the model is.

    Args:
        model: What predicts.
        signature: What the model takes; without inputs in it no requests are answered together.
        batching: Whether requests may be answered together at all.
        told: Is told of each call of the model.
        max_table_bytes: How large a table of Parquet or Arrow may become when it is decompressed.
    """

    def __init__(
        self,
        model: Model,
        signature: ModelSignature | None,
        *,
        batching: bool,
        told: Told,
        max_table_bytes: int = MAX_TABLE_BYTES,
    ) -> None:
        self._model = model
        self._decoder = PayloadDecoder(signature, max_table_bytes)
        self._may_join = batching and signature is not None and signature.inputs is not None
        self._probes = 0
        self._samples: deque[tuple[Invocation, Any]] = deque(maxlen=SAMPLES)
        self._probing = Lock()
        self._told = told

    @property
    def joins(self) -> bool:
        """Whether requests are to be answered together: the model has shown that it changes nothing."""
        return self._may_join and self._probes >= PROBES

    def answer(self, invocations: Sequence[Invocation]) -> list[Outcome]:
        """Answers requests, each as if it had come alone. What one asks or sends wrong is an error of its own.

        Returns:
            The outcomes, in the order of the requests.
        """
        outcomes: dict[int, Outcome] = {}
        groups: dict[Hashable, list[_Request]] = {}
        for place, invocation in enumerate(invocations):
            try:
                request = self._read(place, invocation)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is this request's outcome
                outcomes[place] = _failure(error)
                continue
            kind = request.kind() if self.joins and len(invocations) > 1 else None
            # No kind is a number, so that requests without one have groups of their own.
            groups.setdefault(place if kind is None else kind, []).append(request)
        for group in groups.values():
            for requests in [group] if len(group) == 1 else _portions(group):
                outputs = self._outputs(requests)
                outcomes |= {
                    request.place: _encoded(request, output) for request, output in zip(requests, outputs, strict=True)
                }
                if len(invocations) == 1 and self._may_join and not self.joins:
                    self._samples.append((invocations[0], outputs[0]))
        return [outcomes[place] for place in range(len(invocations))]

    def probe(self) -> None:
        """Looks whether the model answers several requests as it answered each, if that is not known yet.

        To be called now and then when requests wait; it asks the model, and so takes as long as that does.
        """
        if self.joins or not self._may_join or not self._probing.acquire(blocking=False):
            return
        try:
            self._probe()
        finally:
            self._probing.release()

    def _probe(self) -> None:
        # Read anew: a model may change what it is given.
        last: dict[bytes, tuple[_Request, Any]] = {}
        kind: Hashable | None = None
        for invocation, output in reversed(list(self._samples)):
            request = self._read(0, invocation)
            kind = request.kind() if kind is None else kind
            # The mean of equal rows is any of them: nothing is told by what does not differ.
            if kind is not None and request.kind() == kind and not isinstance(output, _Raised):
                last.setdefault(bytes(invocation.body), (request, output))
        if len(last) < 2:
            return
        self._samples.clear()
        outputs = self._predict_together([request for request, _ in last.values()])
        if outputs is None or not all(
            agree(one, other) for one, (_, other) in zip(outputs, last.values(), strict=True)
        ):
            self._distrust()
            return
        self._probes += 1
        if self.joins:
            log.info("requests that wait are answered together from now on")

    def _distrust(self) -> None:
        self._may_join = False
        self._samples.clear()
        log.warning(
            "The model answers a table otherwise than its rows, so that each request is answered alone. --no-batching says "
            "so from the start."
        )

    def _read(self, place: int, invocation: Invocation) -> _Request:
        payload = self._decoder.read(invocation.body, invocation.content_type)
        return _Request(
            place=place,
            data=payload.data,
            params=payload.params,
            wrapped=payload.wrapped,
            accept=invocation.accept,
        )

    def _outputs(self, requests: Sequence[_Request]) -> Sequence[Any]:
        """What the model answers requests of one kind, or raises for each."""
        together = self._predict_together(requests) if len(requests) > 1 else None
        if together is not None:
            return together
        alone = [self._predict(request.data, request.params, 1) for request in requests]
        if len(requests) > 1 and not any(isinstance(output, _Raised) for output in alone):
            # It was not a row on which it failed.
            self._distrust()
        return alone

    def _predict_together(self, requests: Sequence[_Request]) -> list[Any] | None:
        """The output for each request, None when there is none that could be told apart."""
        data = joined([request.data for request in requests])
        output = self._predict(data, requests[0].params, len(requests))
        if isinstance(output, _Raised):
            return None
        return split(output, [rows_of(request.data) for request in requests])

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
    rows = 0
    for request in group:
        own = rows_of(request.data)
        if not portions or rows + own > MAX_ROWS:
            portions.append([])
            rows = 0
        portions[-1].append(request)
        rows += own
    return portions


def _encoded(request: _Request, output: Any) -> Outcome:
    if isinstance(output, _Raised):
        return output.error
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
