"""A model in a process of its own, which answers tables over pipes: for workers whose environment is not the model's.

Each message is a length of eight bytes and so many bytes: a request is a stream of Arrow's IPC format; an answer is a byte,
0 before such a stream, 1 before the reason of a failure. The process ends when its input does.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import IO, Any, Final

import msgspec

from kiseki.base.errors import InvalidParameter, KisekiError
from kiseki.base.optional import optional
from kiseki.pyfunc.batches import BatchPredictor
from kiseki.pyfunc.loading import load_model
from kiseki.pyfunc.predicting import child_environment

_PROGRAM: Final = "from kiseki.pyfunc.piped import main; main()"


class Loading(msgspec.Struct, frozen=True):
    """What the process loads, and how it predicts."""

    folder: str
    params: dict[str, Any] | None = None
    model_config: dict[str, Any] | None = None


class PipedModel:
    """A model in a process of its own.

    Args:
        python: The Python of its environment.
        env_manager: Of what kind that is.
        loading: What to load.

    Raises:
        InvalidParameter: It cannot be loaded; the message says why.
    """

    def __init__(self, python: str, env_manager: str, loading: Loading) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - a list, in which nothing is a model's
            [python, "-c", _PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=child_environment(env_manager),
        )
        self._ask(msgspec.msgpack.encode(loading))

    def predict(self, table: Any) -> Any:
        """A table of predictions for a table.

        Raises:
            InvalidParameter: As `predict_batches`, or the process ended.
        """
        pa = optional("pyarrow", "Batches")
        return pa.ipc.open_stream(self._ask(_stream(table, pa))).read_all()

    def close(self) -> None:
        """Ends the process."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def _ask(self, message: bytes) -> bytes:
        try:
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            _send(self._process.stdin, message)
            answer = _receive(self._process.stdout)
        except BrokenPipeError:
            answer = None
        if answer is None:
            raise InvalidParameter(
                f"The process of the model ended with {self._process.wait()}; what it wrote, in the log of the worker, says why."
            )
        if answer[0]:
            raise InvalidParameter(answer[1:].decode())
        return answer[1:]


def main() -> None:
    """The process. What a model prints goes to where errors go, and never between answers."""
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    predictor: BatchPredictor | None = None
    while (message := _receive(requests)) is not None:
        try:
            if predictor is None:
                loading = msgspec.msgpack.decode(message, type=Loading)
                model = load_model(Path(loading.folder), suppress_warnings=True, model_config=loading.model_config)
                predictor = BatchPredictor(model, loading.params)
                answer = b""
            else:
                answer = _answer(predictor, message)
        except KisekiError as error:
            _send(answers, b"\1" + error.message.encode())
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told
            import traceback

            traceback.print_exc()
            _send(answers, b"\1" + f"The model failed. {type(error).__name__}: {error}".encode())
        else:
            _send(answers, b"\0" + answer)


def _answer(predictor: BatchPredictor, message: bytes) -> bytes:
    pa = optional("pyarrow", "Batches")
    return _stream(predictor.predict(pa.ipc.open_stream(message).read_all()), pa)


def _stream(table: Any, pa: Any) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write(table)
    found: bytes = sink.getvalue().to_pybytes()
    return found


def _send(stream: IO[bytes], message: bytes) -> None:
    stream.write(len(message).to_bytes(8, "little"))
    stream.write(message)
    stream.flush()


def _receive(stream: IO[bytes]) -> bytes | None:
    """A message; None at the end."""
    length = stream.read(8)
    if len(length) < 8:
        return None
    size = int.from_bytes(length, "little")
    message = stream.read(size)
    return message if len(message) == size else None
