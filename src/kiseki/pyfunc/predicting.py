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

from kiseki.base.errors import InvalidParameter, KisekiError, NotImplementedByKiseki
from kiseki.base.settings import flag
from kiseki.models.environment import read_environment
from kiseki.models.example import CHAT_KEYS, convert_input_example_to_serving_input
from kiseki.models.isolation import environment_python
from kiseki.models.load import local_model
from kiseki.models.mlmodel import Model
from kiseki.models.payload import CSV, FIELDS, JSON, PayloadDecoder
from kiseki.models.predictions import encode_json
from kiseki.pyfunc.loading import load_model

CONTENT_TYPES: Final = {"json": JSON, "csv": CSV}
_PROGRAM: Final = "from kiseki.pyfunc.predicting import main; main()"

EnvManager = Literal["local", "uv", "virtualenv"]


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
) -> None:
    """Predicts with a model in a process of its own, and writes the predictions as JSON.

    Args:
        model_uri: `models:/m-…`, `runs:/<run id>/<path>`, a path, or the URI of a folder in a store.
        input_data: What the model is called with, or the text of a request to the scoring server. This or `input_path`.
        input_path: A file with such a request.
        content_type: "json" or "csv".
        output_path: Where to write the predictions; to the standard output when None.
        env_manager: "virtualenv" or "uv" for an environment with what the model's requirements.txt asks for, made with uv
            and kept for the next time; "local" for this environment.
        install_mlflow: Accepted for MLflow's sake; kiseki comes from this installation.
        pip_requirements_override: Requirements in place of the model's for the same packages, and further ones.
        extra_envs: Environment variables of the process.

    Raises:
        InvalidParameter: The input is not what the model takes, or the process failed; the message says why.
        Unavailable: The environment could not be made.
        MissingDependency: uv is not installed.
    """
    folder = local_model(model_uri)
    request, kind = _request(input_data, input_path, content_type)
    python = python_for(folder, env_manager, pip_requirements_override)
    with tempfile.TemporaryDirectory(prefix="kiseki-predict-") as temporary:
        source, target, failure = (Path(temporary) / name for name in ("request", "predictions.json", "failure"))
        source.write_bytes(request)
        environment = {**child_environment(env_manager), **(extra_envs or {})}
        arguments = [str(folder.absolute()), str(source), kind, str(target), str(failure)]
        finished = subprocess.run([python, "-c", _PROGRAM, *arguments], env=environment, check=False)  # noqa: S603 - a list
        if failure.is_file():
            raise InvalidParameter(failure.read_text(encoding="utf-8"))
        if finished.returncode != 0 or not target.is_file():
            raise InvalidParameter(
                f"The process that predicts ended with {finished.returncode}; what it wrote says why. Try "
                f"kiseki.pyfunc.load_model({model_uri!r}).predict(…) in this process."
            )
        answer = target.read_text(encoding="utf-8")
    if output_path is None:
        sys.stdout.write(f"{answer}\n")
    else:
        Path(output_path).write_text(answer, encoding="utf-8")


def python_for(folder: Path, env_manager: str, override: Sequence[str] | None = None) -> str:
    """The Python that runs a model: this one for "local", else that of the model's own environment, made when missing.

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
    tables = inputs is None or not inputs.is_tensor_spec()
    return str(environment_python(read_environment(folder), pandas=tables, override=override))


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
    """The process: a model's folder, a request, its content type, and where predictions or the reason of a failure go."""
    folder, source, kind, target, failure = sys.argv[1:6]
    try:
        model = load_model(folder, suppress_warnings=True)
        payload = PayloadDecoder(model.metadata.signature).decode(Path(source).read_bytes(), kind)
        answer = encode_json(model.predict_checked(payload.data, payload.params), wrapped=payload.wrapped)
        Path(target).write_bytes(answer)
    except KisekiError as error:
        Path(failure).write_text(error.message, encoding="utf-8")
        sys.exit(1)


def _request(data: Any, path: str | Path | None, content_type: str) -> tuple[bytes, str]:
    if (data is None) == (path is None):
        raise InvalidParameter("Give exactly one of input_data and input_path.")
    if content_type not in CONTENT_TYPES:
        raise InvalidParameter(f"Content type must be one of {[*CONTENT_TYPES]}; got {content_type!r}.")
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
