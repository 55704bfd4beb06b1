"""Requests to score data: what a body of a content type means to a model with a signature.

    application/json                    exactly one of dataframe_split, dataframe_records, instances and inputs, and params;
                                        or a chat model's request, which has messages, prompt or input
    text/csv                            a header and rows
    application/vnd.apache.parquet      a Parquet file
    application/vnd.apache.arrow.stream a stream of Arrow's IPC format; application/vnd.apache.arrow.file a file of it

JSON has neither dates nor bytes nor types of numbers: those come from the signature, see `kiseki.types.values.checked`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from kiseki.base.errors import BadRequest, UnsupportedMediaType
from kiseki.base.optional import optional
from kiseki.models.arrow_tables import ARROW_FILE, ARROW_STREAM, PARQUET, read_table
from kiseki.models.csv_tables import read_csv
from kiseki.models.enforcement import Enforcement, takes_anything
from kiseki.models.example import CHAT_KEYS
from kiseki.models.rows import Rows
from kiseki.models.signature import ModelSignature
from kiseki.models.tensors import array_of
from kiseki.types.values import FLOATS

JSON: Final = "application/json"
CSV: Final = "text/csv"

CONTENT_TYPES: Final = (JSON, CSV, PARQUET, ARROW_STREAM, ARROW_FILE)
"""What bodies may be."""

FIELDS: Final = ("dataframe_split", "dataframe_records", "instances", "inputs")
"""The fields of a JSON body of which it has one."""

MAX_TABLE_BYTES: Final = 4 * 2**30
"""How large a table may become for somebody who trusts what it is made of."""

_EXPECTED: Final = f"The input must be a JSON dictionary with exactly one of the input fields {list(FIELDS)}"

_UNSET: Final = msgspec.UNSET


class Payload(msgspec.Struct, frozen=True):
    """A request to score data.

    Args:
        data: What the model is called with.
        params: The parameters beside it, None without.
        wrapped: Whether the answer stands under "predictions".
    """

    data: Any
    params: Any = None
    wrapped: bool = True


class _FloatSplit(msgspec.Struct, forbid_unknown_fields=True):
    """A table of floats alone, which is decoded in one go."""

    data: list[list[float | None]]
    columns: list[Any] | None = None
    index: list[Any] | None = None


class _FloatRequest(msgspec.Struct):
    dataframe_split: _FloatSplit
    params: Any = None
    dataframe_records: Any = _UNSET
    instances: Any = _UNSET
    inputs: Any = _UNSET


_float_decoder = msgspec.json.Decoder(_FloatRequest)
_decoder = msgspec.json.Decoder()


class PayloadDecoder:
    """Reads requests for one model; made once, and used by any number of threads.

    Args:
        signature: The model's; without one, data has the types that JSON, CSV or Arrow say.
        max_table_bytes: How large a table of Parquet or Arrow may become, see `arrow_tables.read_table`.
    """

    def __init__(self, signature: ModelSignature | None, max_table_bytes: int = MAX_TABLE_BYTES) -> None:
        self._max_table_bytes = max_table_bytes
        self._schema = None if signature is None else signature.inputs
        self._enforcement = Enforcement(signature)
        self._anything = takes_anything(self._schema)
        self._floats = (
            self._schema is not None and not self._schema.is_tensor_spec() and set(self._schema.input_types()) <= FLOATS
        )

    def decode(self, body: bytes | bytearray | memoryview, content_type: str | None) -> Payload:
        """The data that a request asks to score, of the types that the signature says.

        Raises:
            UnsupportedMediaType: The content type is none of `CONTENT_TYPES`, or has parameters other than a charset of
                UTF-8.
            BadRequest: The body is not what its content type says.
            InvalidParameter: The data does not fit the signature; the message names the columns and their types.
            PayloadTooLarge: A compressed table becomes too large.
        """
        found = self.read(body, content_type)
        if isinstance(found.data, Rows):
            return Payload(self.typed(found.data), found.params, found.wrapped)
        return found

    def typed(self, rows: Rows) -> Any:
        """A table as the signature asks for it.

        Raises:
            InvalidParameter: It does not fit the signature.
        """
        return self._enforcement.inputs(rows, text=True)

    def read(self, body: bytes | bytearray | memoryview, content_type: str | None) -> Payload:
        """The same as `decode`, but that a table of floats in JSON stays `Rows`, for who puts several together.

        Whether those rows fit the signature is for `typed` to say.
        """
        kind = media_type(content_type)
        if kind == JSON:
            return self._json(body)
        if kind == CSV:
            frame = read_csv(bytes(body), self._schema)
            return Payload(frame if self._anything else self._enforcement.inputs(frame, text=True))
        table = read_table(body, kind, self._max_table_bytes)
        return Payload(table.to_pandas() if self._anything else self._enforcement.inputs(table))

    def _json(self, body: bytes | bytearray | memoryview) -> Payload:
        if self._floats and (found := _float_request(body)) is not None:
            split = found.dataframe_split
            labels = _labels(split.data, split.columns, split.index)
            rows = Rows(labels, split.data, numbers=True)
            counted = split.index is None or split.index == list(range(len(split.data)))
            return Payload(rows if counted else self._indexed(rows, split.index), found.params)
        return self.from_dict(_parsed(body))

    def from_dict(self, request: Any) -> Payload:
        """The data of a request that is parsed already.

        Args:
            request: What JSON has.

        Raises:
            BadRequest: It is no request.
            InvalidParameter: The data does not fit the signature.
        """
        if not isinstance(request, dict):
            raise BadRequest(f"Invalid input. {_EXPECTED}. Received a {type(request).__name__}.")
        fields = [field for field in FIELDS if field in request]
        if not fields and not CHAT_KEYS.isdisjoint(request):
            return Payload(self._enforced(request), wrapped=False)
        if len(fields) != 1:
            given = fields or sorted(map(str, request))[:20]
            raise BadRequest(f"Invalid input. {_EXPECTED}. Received dictionary with input fields: {given}.")
        read: Callable[[Any], Any] = getattr(self, f"_of_{fields[0]}")
        return Payload(read(request[fields[0]]), request.get("params"))

    def _of_dataframe_split(self, given: Any) -> Any:
        if not isinstance(given, dict):
            raise BadRequest(f"Invalid input. Dataframe split format must be a dictionary. Got {type(given).__name__}.")
        if "data" not in given or not given.keys() <= {"data", "columns", "index"}:
            raise BadRequest(
                "Invalid input. Dataframe split format must have 'data' field and optionally 'columns' and 'index' fields. "
                f"Got {sorted(map(str, given))[:20]}."
            )
        data, columns, index = given["data"], given.get("columns"), given.get("index")
        if not isinstance(data, list) or not all(isinstance(row, list) for row in data):
            raise BadRequest("Invalid input. The 'data' field of the dataframe split format must be a list of lists.")
        if not isinstance(columns, list | None) or not isinstance(index, list | None):
            raise BadRequest(
                "Invalid input. The 'columns' and 'index' fields of the dataframe split format must be lists."
            )
        labels = _labels(data, columns, index)
        if self._anything:
            return optional("pandas", "A request with a dataframe").DataFrame(data, columns=labels, index=index)
        return self._indexed(Rows(labels, data), index)

    def _indexed(self, rows: Rows, index: list[Any] | None) -> Any:
        found = self.typed(rows)
        if index is not None and is_frame(found):
            found.index = index
        return found

    def _of_dataframe_records(self, given: Any) -> Any:
        if not isinstance(given, list) or not all(isinstance(row, dict) for row in given):
            raise BadRequest(
                f"Invalid input. Dataframe records format must be a list of records. Got {_kind_of(given)}."
            )
        if self._anything:
            return optional("pandas", "A request with a dataframe").DataFrame(given)
        if self._schema is not None and self._schema.is_tensor_spec():
            names = list(dict.fromkeys(name for row in given for name in row))
            return self._enforcement.inputs(
                Rows(names, [[row.get(name) for name in names] for row in given]), text=True
            )
        return self._enforcement.inputs(given, text=True)

    def _of_instances(self, given: Any) -> Any:
        if not self._anything:
            return self._enforcement.inputs(given, text=True)
        if isinstance(given, list) and given and all(isinstance(row, dict) for row in given):
            names = given[0].keys()
            if any(row.keys() != names for row in given):
                raise BadRequest("Invalid input. The instances have different keys; each needs a value for every one.")
            return {name: array_of([row[name] for row in given]) for name in names}
        return array_of(given)

    def _of_inputs(self, given: Any) -> Any:
        if not self._anything:
            return self._enforcement.inputs(given, text=True)
        return {name: array_of(value) for name, value in given.items()} if isinstance(given, dict) else array_of(given)

    def _enforced(self, request: Any) -> Any:
        return request if self._anything else self._enforcement.inputs(request, text=True)


def media_type(content_type: str | None) -> str:
    """The content type of a request without its parameters, in small letters.

    Raises:
        UnsupportedMediaType: It is none of `CONTENT_TYPES`, or has parameters other than a charset of UTF-8.
    """
    kind, *parameters = (content_type or "").split(";")
    kind = kind.strip().lower()
    if kind not in CONTENT_TYPES:
        raise UnsupportedMediaType(
            f"This predictor only supports the following content types: Types: {list(CONTENT_TYPES)}. Got {kind[:100]!r}."
        )
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() != "charset":
            raise UnsupportedMediaType(f"Unrecognized content type parameters: {name.strip()[:100]}.")
        if value.strip().strip('"').lower() not in {"utf-8", "utf8"}:
            raise UnsupportedMediaType("The scoring server only supports UTF-8")
    return kind


def _labels(data: list[Any], columns: list[Any] | None, index: list[Any] | None) -> list[Any] | None:
    """The names of the columns of a table in split format, None without.

    Raises:
        BadRequest: The parts do not fit each other.
    """
    lengths = set(map(len, data))
    if columns is not None:
        lengths.add(len(columns))
    if len(lengths) > 1:
        names = "" if columns is None else f", and there are {len(columns)} columns"
        raise BadRequest(f"Invalid input. The rows of 'data' have {sorted(lengths)[:20]} values{names}.")
    if index is not None and len(index) != len(data):
        raise BadRequest(f"Invalid input. There are {len(data)} rows, and 'index' has {len(index)} values.")
    labels = None if columns is None else [tuple(name) if isinstance(name, list) else name for name in columns]
    if labels is not None and len(set(labels)) < len(labels):
        raise BadRequest(f"Invalid input. Several of the 'columns' have one name: {labels[:20]}.")
    return labels


def is_frame(value: Any) -> bool:
    """Whether it is a table of pandas."""
    return hasattr(value, "iloc")


def _float_request(body: Any) -> _FloatRequest | None:
    """A request with a table of floats; None for any other, whose mistakes are told where they are looked for."""
    try:
        found = _float_decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    others = (found.dataframe_records, found.instances, found.inputs)
    return found if all(field is _UNSET for field in others) else None


def _parsed(body: Any) -> Any:
    try:
        return _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        text = bytes(body)
        # Python's clients write NaN and Infinity, which JSON does not have.
        if b"NaN" in text or b"Infinity" in text:
            try:
                return json.loads(text)
            except (ValueError, RecursionError):
                pass
        raise BadRequest(
            f"Invalid input. Ensure that input is a valid JSON formatted string. Error: {error}. "
            f"The input begins with {text[:50]!r}."
        ) from None
    except RecursionError:
        raise BadRequest("Invalid input. The JSON nests too deep.") from None


def _kind_of(given: Any) -> str:
    return "dictionary" if isinstance(given, Mapping) else type(given).__name__
