"""Models of Sentence Transformers, which make vectors of texts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np

from kiseki.base.errors import InvalidParameter, PermissionDenied
from kiseki.base.optional import optional
from kiseki.base.settings import setting, variable
from kiseki.models.code import add_code
from kiseki.models.environment import default_conda_env
from kiseki.models.flavor import log_flavor
from kiseki.models.info import ModelInfo
from kiseki.models.load import local_model
from kiseki.models.members import member
from kiseki.models.mlmodel import PYFUNC, Model
from kiseki.models.package import Parts, package
from kiseki.models.pickles import unpickling_is_allowed
from kiseki.models.requirements import pin
from kiseki.models.signature import ModelSignature
from kiseki.types import Array, ColSpec, DataType, Object, Property, Schema, TensorSpec

FLAVOR_NAME: Final = "sentence_transformers"
SENTENCE_TRANSFORMERS_DATA_PATH: Final = "model.sentence_transformer"
EMBEDDINGS: Final = "llm/v1/embeddings"
"""The task whose requests and answers are those of OpenAI's embeddings."""

_CONFIG: Final = "inference_config"
_DISTRIBUTIONS: Final = ("sentence-transformers", "transformers", "torch")


def get_default_pip_requirements() -> list[str]:
    """The requirements of a model of this flavor, as they are installed."""
    return [pin(name) for name in _DISTRIBUTIONS]


def get_default_conda_env() -> dict[str, Any]:
    """A conda environment with the default requirements."""
    return default_conda_env(get_default_pip_requirements())


def save_model(
    model: Any,
    path: str | Path,
    task: str | None = None,
    inference_config: dict[str, Any] | None = None,
    code_paths: Sequence[str | Path] | None = None,
    mlflow_model: Model | None = None,
    signature: ModelSignature | Literal[False] | None = None,
    input_example: Any = None,
    pip_requirements: str | Path | Sequence[str] | None = None,
    extra_pip_requirements: str | Path | Sequence[str] | None = None,
    conda_env: Any = None,
    metadata: dict[str, Any] | None = None,
    extra_files: Sequence[str | Path] | None = None,
    **kwargs: Any,
) -> None:
    """Saves a model as a model's folder.

    Args:
        model: A `sentence_transformers.SentenceTransformer`.
        path: Where the folder will be; missing or empty.
        task: "llm/v1/embeddings" for requests and answers as OpenAI's embeddings have them.
        inference_config: Arguments of `encode` that `kiseki.pyfunc` gives, such as `{"batch_size": 64}`.
        code_paths: Files and folders whose modules the model needs.
        mlflow_model: What is known of the model.
        signature: What the model takes and gives; inferred from the input example when None, or texts and vectors.
        input_example: Input that the model predicts for.
        pip_requirements: The requirements, in place of those found out: lines, or the path of a file.
        extra_pip_requirements: Requirements besides those found out.
        conda_env: The environment, as a dictionary or the path of a YAML file.
        metadata: Kept in the MLmodel.
        extra_files: Kept in the model's folder.
        **kwargs: Further arguments of the model's own `save`.

    Raises:
        InvalidParameter: The path is taken, the task is another, or it is no model of Sentence Transformers.
        MissingDependency: Sentence Transformers is not installed.
    """
    library = optional("sentence_transformers", "Saving a model of Sentence Transformers", "sentence-transformers")
    if not isinstance(model, library.SentenceTransformer):
        raise InvalidParameter(f"model is of type {type(model).__name__}; expected a SentenceTransformer.")
    if task not in {None, EMBEDDINGS}:
        raise InvalidParameter(f"task is {task!r}; expected None or {EMBEDDINGS!r}.")
    if task is not None:
        metadata = {**(metadata or {}), "task": task}
    if signature is None and (task is not None or input_example is None):
        signature = _embeddings_signature() if task is not None else _usual_signature()
    # A model that only looks vectors up has no transformer.
    inner = getattr(model[0], "auto_model", None)
    with package(
        path,
        mlflow_model,
        parts=Parts.of(locals(), model_config=None if task is None else {"task": task}),
        requirements=_DISTRIBUTIONS,
    ) as folder:
        model.save(str(folder.path / SENTENCE_TRANSFORMERS_DATA_PATH), **kwargs)
        if inference_config:
            (folder.path / _CONFIG).write_text(json.dumps(inference_config), encoding="utf-8")
        folder.refer_to(kind.partition(".")[0] for kind in _modules(folder.path / SENTENCE_TRANSFORMERS_DATA_PATH))
        folder.add_flavor(
            FLAVOR_NAME,
            pipeline_model_type=type(model[0] if inner is None else inner).__name__,
            sentence_transformers_version=library.__version__,
            source_model_name=str(getattr(inner, "name_or_path", "")),
        )
        folder.add_pyfunc(
            "mlflow.sentence_transformers",
            lambda: SentenceTransformersPredictor(model, inference_config, task),
            data=SENTENCE_TRANSFORMERS_DATA_PATH,
        )


def log_model(
    model: Any,
    artifact_path: str | None = None,
    task: str | None = None,
    inference_config: dict[str, Any] | None = None,
    code_paths: Sequence[str | Path] | None = None,
    registered_model_name: str | None = None,
    signature: ModelSignature | Literal[False] | None = None,
    input_example: Any = None,
    await_registration_for: int | None = 300,
    pip_requirements: str | Path | Sequence[str] | None = None,
    extra_pip_requirements: str | Path | Sequence[str] | None = None,
    conda_env: Any = None,
    metadata: dict[str, Any] | None = None,
    extra_files: Sequence[str | Path] | None = None,
    prompts: list[Any] | None = None,
    name: str | None = None,
    params: dict[str, Any] | None = None,
    tags: dict[str, Any] | None = None,
    model_type: str | None = None,
    step: int = 0,
    model_id: str | None = None,
    **kwargs: Any,
) -> ModelInfo:
    """Logs a model of Sentence Transformers as a model of the active run, or of none.

    The arguments that `save_model` does not have are those of `kiseki.models.Model.log`.
    """
    return log_flavor(__name__, locals())


def load_model(model_uri: str | Path, dst_path: str | Path | None = None) -> Any:
    """Loads a `SentenceTransformer` that was saved with this flavor, by kiseki or by MLflow.

    Args:
        model_uri: `models:/m-…`, `runs:/<run id>/<path>`, a path, or the URI of a folder in a store.
        dst_path: Where to put what is fetched; a temporary folder when None.

    Raises:
        NotFound: There is no such model, or it is of another flavor.
        IntegrityError: A file is missing or is not what was saved; the message names it.
        PermissionDenied: It has layers that are not the library's own, which are programs, and
            KISEKI_ALLOW_PICKLE_DESERIALIZATION is false.
        MissingDependency: Sentence Transformers is not installed.
    """
    return _read(local_model(model_uri, dst_path))


def _load_pyfunc(path: str, model_config: Mapping[str, Any] | None = None) -> SentenceTransformersPredictor:
    """What `kiseki.pyfunc.load_model` calls for a model of this flavor; the path is that of its data."""
    folder = Path(path).parent
    given = dict(model_config or {})
    device = given.get("device") or setting("DEFAULT_PREDICTION_DEVICE")
    config = folder / _CONFIG
    arguments = json.loads(config.read_text(encoding="utf-8")) if config.exists() else {}
    return SentenceTransformersPredictor(_read(folder, device), arguments, given.get("task"))


class SentenceTransformersPredictor:
    """A model of Sentence Transformers as `kiseki.pyfunc` calls it.

    Args:
        model: The `SentenceTransformer`.
        inference_config: Arguments of its `encode`.
        task: "llm/v1/embeddings", or None.
    """

    def __init__(self, model: Any, inference_config: Mapping[str, Any] | None = None, task: str | None = None) -> None:
        self.model = model
        self.inference_config = dict(inference_config or {})
        self.task = task

    def predict(self, data: Any, params: dict[str, Any] | None = None) -> Any:
        """The vectors of texts.

        Args:
            data: A text, several, or a table with one column of texts; for the task "llm/v1/embeddings" they are named
                `input`.
            params: Arguments of `encode`, which come before those of `inference_config`.

        Returns:
            An array of texts x dimensions; for the task "llm/v1/embeddings" OpenAI's answer.

        Raises:
            InvalidParameter: These are no texts.
        """
        texts = _texts(data["input"] if self.task is not None and _has_input(data) else data)
        vectors = self.model.encode(texts, **{**self.inference_config, **(params or {})})
        return vectors if self.task is None else self._answer(texts, vectors)

    def get_raw_model(self) -> Any:
        """The `SentenceTransformer`."""
        return self.model

    def _answer(self, texts: list[str], vectors: Any) -> dict[str, Any]:
        tokens = sum(len(ids) for ids in self.model.tokenizer(texts)["input_ids"])
        return {
            "object": "list",
            "data": [
                {"object": "embedding", "index": index, "embedding": vector.tolist()}
                for index, vector in enumerate(vectors)
            ],
            "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
        }


def _has_input(data: Any) -> bool:
    return isinstance(data, Mapping) or hasattr(data, "columns")


def _texts(data: Any) -> list[str]:
    if isinstance(data, str):
        return [data]
    if hasattr(data, "columns") and len(data.columns) == 1:
        data = data.iloc[:, 0]
    if isinstance(data, Mapping) and len(data) == 1:
        return _texts(next(iter(data.values())))
    listed = data.tolist() if hasattr(data, "tolist") else data
    if not isinstance(listed, list | tuple) or not all(isinstance(one, str) for one in listed):
        raise InvalidParameter(
            f"The input is of type {type(data).__name__}; expected a text, a list of texts, or a table with one column of texts."
        )
    return [*listed]


def _usual_signature() -> ModelSignature:
    vectors = TensorSpec(np.dtype(np.float32), (-1, -1))
    return ModelSignature(Schema([ColSpec(DataType.string)]), Schema([vectors]))


def _embeddings_signature() -> ModelSignature:
    vector = Object(
        [
            Property("embedding", Array(DataType.double)),
            Property("index", DataType.long),
            Property("object", DataType.string),
        ]
    )
    usage = Object([Property("prompt_tokens", DataType.long), Property("total_tokens", DataType.long)])
    outputs = [ColSpec(DataType.string, "object"), ColSpec(Array(vector), "data"), ColSpec(usage, "usage")]
    return ModelSignature(Schema([ColSpec(DataType.string, "input")]), Schema([*outputs]))


def _modules(folder: Path) -> list[str]:
    """The classes of a model's layers."""
    file = folder / "modules.json"
    return [str(one["type"]) for one in json.loads(file.read_text(encoding="utf-8"))] if file.exists() else []


def _read(folder: Path, device: str | None = None) -> Any:
    model = Model.load(folder)
    facts = model.flavor(FLAVOR_NAME)
    library = optional("sentence_transformers", "Loading a model of Sentence Transformers", "sentence-transformers")
    add_code(folder, facts.get("code"))
    named = model.flavor(PYFUNC).get("data", SENTENCE_TRANSFORMERS_DATA_PATH)
    data = member(folder, named, "the model")
    foreign = [kind for kind in _modules(data) if not kind.startswith(f"{library.__name__}.")]
    if foreign and not unpickling_is_allowed():
        # A file of the model's folder may have such a class, and is run then.
        raise PermissionDenied(
            f"The model has the layers {foreign}, which are programs of its own, and "
            f"{variable('ALLOW_PICKLE_DESERIALIZATION')} is false. Where you trust who made it, set the variable to true."
        )
    return library.SentenceTransformer(str(data), device=device)
