"""Predicting with a model in a process of its own: in this environment, or in one that has what the model asks for."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from kiseki.base.errors import InvalidParameter, KisekiError, NotImplementedByKiseki
from kiseki.base.settings import flag
from kiseki.models.environment import read_environment
from kiseki.models.example import CHAT_KEYS, convert_input_example_to_serving_input
from kiseki.models.isolation import environment_python
from kiseki.models.load import local_model
from kiseki.models.mlmodel import Model
from kiseki.models.payload import CSV, FIELDS, JSON, PayloadDecoder
from kiseki.models.predictions import encode_json
from kiseki.pyfunc.batches import BATCH_ROWS, Keep
from kiseki.pyfunc.loading import load_model
from kiseki.pyfunc.parquet import predict_parquet

CONTENT_TYPES: Final = {"json": JSON, "csv": CSV}
PARQUET_FILES: Final = "parquet"
_PROGRAM: Final = "from kiseki.pyfunc.predicting import main; main()"

EnvManager = Literal["local", "uv", "virtualenv"]


class Files(msgspec.Struct, frozen=True):
    """Files of Parquet to predict for."""

    source: str
    target: str
    keep: list[str] | str
    batch_rows: int


class Job(msgspec.Struct, frozen=True):
    """What the process of a model is to do: answer a request, or predict for files."""

    folder: str
    request: bytes = b""
    content_type: str = ""
    files: Files | None = None


def predict(
    model_uri: str,
    input_data: Any = None,
    input_path: str | Path | None = None,
    content_type: str = "json",
    output_path: str | Path | None = None,
    env_manager: EnvManager = "virtualenv",
    install_mlflow: bool = False,
    pip_requirements_override: Sequence[str] | None = None,
    extra_envs: Mapping[str, str] | None = None,
    *,
    keep: Keep = (),
    batch_rows: int = BATCH_ROWS,
) -> None:
    """Predicts with a model in a process of its own, and writes the predictions as JSON, or as Parquet.

    Args:
        model_uri: `models:/m-…`, `runs:/<run id>/<path>`, a path, or the URI of a folder in a store.
        input_data: What the model is called with, or the text of a request to the scoring server. This or `input_path`.
        input_path: A file with such a request; for Parquet also a folder of files, or a URI such as `s3://bucket/prefix`.
        content_type: "json", "csv" or "parquet". Parquet is read and written in batches: see
            `kiseki.pyfunc.parquet.predict_parquet`.
        output_path: Where to write the predictions; to the standard output when None.
        env_manager: "virtualenv" or "uv" for an environment with what the model's requirements.txt asks for, made with uv
            and kept for the next time; "local" for this environment.
        install_mlflow: Accepted for MLflow's sake; kiseki comes from this installation.
        pip_requirements_override: Requirements in place of the model's for the same packages, and further ones.
        extra_envs: Environment variables of the process.
        keep: For Parquet: the columns of the input that stand before the predictions, or "all".
        batch_rows: For Parquet: so many rows at most are predicted for at a time.

    Raises:
        InvalidParameter: The input is not what the model takes, or the process failed; the message says why.
        Unavailable: The environment could not be made.
        MissingDependency: uv is not installed.
    """
    folder = local_model(model_uri)
    if content_type == PARQUET_FILES:
        if input_data is not None or input_path is None or output_path is None:
            raise InvalidParameter(
                "Parquet is read from input_path and written to output_path. Give both, and no input_data."
            )
        files = Files(str(input_path), str(output_path), "all" if keep == "all" else list(keep), batch_rows)
        python = python_for(folder, env_manager, pip_requirements_override, further=["pyarrow"])
        _run(Job(str(folder.absolute()), files=files), python, env_manager, extra_envs, model_uri)
        return
    request, kind = _request(input_data, input_path, content_type)
    python = python_for(folder, env_manager, pip_requirements_override)
    job = Job(str(folder.absolute()), request=request, content_type=kind)
    answer = _run(job, python, env_manager, extra_envs, model_uri)
    if output_path is None:
        sys.stdout.write(f"{answer}\n")
    else:
        Path(output_path).write_text(answer, encoding="utf-8")


def _run(job: Job, python: str, env_manager: str, extra_envs: Mapping[str, str] | None, model_uri: str | Path) -> str:
    """Has a process do it, and returns what it answers."""
    with tempfile.TemporaryDirectory(prefix="kiseki-predict-") as temporary:
        written, target, failure = (Path(temporary) / name for name in ("job", "predictions.json", "failure"))
        written.write_bytes(msgspec.msgpack.encode(job))
        environment = {**child_environment(env_manager), **(extra_envs or {})}
        arguments = [str(written), str(target), str(failure)]
        finished = subprocess.run([python, "-c", _PROGRAM, *arguments], env=environment, check=False)  # noqa: S603 - a list
        if failure.is_file():
            raise InvalidParameter(failure.read_text(encoding="utf-8"))
        if finished.returncode != 0 or not target.is_file():
            raise InvalidParameter(
                f"The process that predicts ended with {finished.returncode}; what it wrote says why. Try "
                f"kiseki.pyfunc.load_model({model_uri!r}).predict(…) in this process."
            )
        return target.read_text(encoding="utf-8")


def python_for(
    folder: Path, env_manager: str, override: Sequence[str] | None = None, further: Sequence[str] = ()
) -> str:
    """The Python that runs a model: this one for "local", else that of the model's own environment, made when missing.

    Args:
        folder: The model.
        env_manager: "local", "uv" or "virtualenv".
        override: Requirements in place of those of the model for the same packages, and further ones.
        further: Packages that are needed besides those of the model.

    Raises:
        InvalidParameter: There is no such manager, or `override` is given for "local".
        NotImplementedByKiseki: It is "conda".
    """
    if env_manager == "conda":
        raise NotImplementedByKiseki(
            "env_manager='conda' is not in kiseki: environments are made with uv from the model's requirements.txt. Use "
            "env_manager='uv'."
        )
    if env_manager == "local" or flag("DISABLE_ENV_CREATION", False):
        if override:
            raise InvalidParameter("pip_requirements_override changes no local environment; use env_manager='uv'.")
        return sys.executable
    if env_manager not in {"uv", "virtualenv"}:
        raise InvalidParameter(f"env_manager is {env_manager!r}; expected 'local', 'uv' or 'virtualenv'.")
    inputs = Model.load(folder).get_input_schema()
    pandas = ["pandas"] if inputs is None or not inputs.is_tensor_spec() or "pyarrow" in further else []
    return str(environment_python(read_environment(folder), further=[*pandas, *further], override=override))


def child_environment(env_manager: str) -> dict[str, str]:
    """The environment variables of a process that runs a model."""
    if env_manager == "local":
        # Modules are found as they are here.
        return {**os.environ, "PYTHONPATH": os.pathsep.join(path or str(Path.cwd()) for path in sys.path)}
    left_out = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"}
    return {key: value for key, value in os.environ.items() if key not in left_out}


def validate_serving_input(model_uri: str, serving_input: str | dict[str, Any]) -> Any:
    """Predicts in this process for a request to the scoring server, and returns what the model answers.

    Args:
        model_uri: As for `predict`.
        serving_input: The JSON body of the request, as text or as a dictionary.

    Raises:
        BadRequest: It is no request.
        InvalidParameter: The data does not fit the signature.
    """
    model = load_model(model_uri, suppress_warnings=True)
    decoder = PayloadDecoder(model.metadata.signature)
    if isinstance(serving_input, str):
        payload = decoder.decode(serving_input.encode(), JSON)
    else:
        payload = decoder.from_dict(serving_input)
    return model.predict_checked(payload.data, payload.params)


def main() -> None:
    """The process: a file that says what to do, and where the answer or the reason of a failure goes."""
    written, target, failure = map(Path, sys.argv[1:4])
    job = msgspec.msgpack.decode(written.read_bytes(), type=Job)
    try:
        target.write_bytes(_answer(job))
    except KisekiError as error:
        failure.write_text(error.message, encoding="utf-8")
        sys.exit(1)


def _answer(job: Job) -> bytes:
    model = load_model(job.folder, suppress_warnings=True)
    if job.files is not None:
        files = job.files
        predict_parquet(model, files.source, files.target, keep=files.keep, batch_rows=files.batch_rows)
        return b""
    payload = PayloadDecoder(model.metadata.signature).decode(job.request, job.content_type)
    return encode_json(model.predict_checked(payload.data, payload.params), wrapped=payload.wrapped)


def _request(data: Any, path: str | Path | None, content_type: str) -> tuple[bytes, str]:
    if (data is None) == (path is None):
        raise InvalidParameter("Give exactly one of input_data and input_path.")
    if content_type not in CONTENT_TYPES:
        raise InvalidParameter(f"Content type must be one of {[*CONTENT_TYPES, PARQUET_FILES]}; got {content_type!r}.")
    kind = CONTENT_TYPES[content_type]
    if path is not None:
        if not Path(path).is_file():
            raise InvalidParameter(f"input_path is {str(path)!r}, which is no file.")
        return Path(path).read_bytes(), kind
    if content_type == "csv":
        if not isinstance(data, str):
            raise InvalidParameter(f"For CSV, input_data is the text of a table; got {type(data).__name__}.")
        return data.encode(), kind
    if isinstance(data, str) and _is_request(_parsed(data)):
        return data.encode(), kind
    if _is_request(data):
        return json.dumps(data).encode(), kind
    return (convert_input_example_to_serving_input(data) or "").encode(), kind


def _is_request(data: Any) -> bool:
    return isinstance(data, dict) and not {*FIELDS, *CHAT_KEYS}.isdisjoint(data)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None
