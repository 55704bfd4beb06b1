"""Pipelines of Hugging Face's Transformers, their weights as safetensors."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Formatter
from typing import Any, Final, Literal

import numpy as np

from kiseki.base.errors import InvalidParameter, NotImplementedByKiseki
from kiseki.base.optional import optional
from kiseki.base.settings import setting
from kiseki.models.code import add_code
from kiseki.models.environment import default_conda_env
from kiseki.models.flavor import log_flavor
from kiseki.models.info import ModelInfo
from kiseki.models.load import local_model
from kiseki.models.members import member
from kiseki.models.mlmodel import Model
from kiseki.models.package import Parts, package
from kiseki.models.requirements import pin
from kiseki.models.signature import ModelSignature
from kiseki.types import ColSpec, DataType, Schema, TensorSpec

FLAVOR_NAME: Final = "transformers"

COMPONENTS: Final = {
    "tokenizer": "AutoTokenizer",
    "feature_extractor": "AutoFeatureExtractor",
    "image_processor": "AutoImageProcessor",
    "processor": "AutoProcessor",
}
"""What a pipeline may have besides its model -> the class of Transformers that reads it."""

_MODEL: Final = "model"
_FOLDER: Final = "components"
_TEMPLATE: Final = "prompt_template"
_DISTRIBUTIONS: Final = ("transformers", "torch")
_TEMPLATED: Final = ("feature-extraction", "fill-mask", "summarization", "text2text-generation", "text-generation")
"""Tasks whose pipelines can have a prompt template."""
_GENERATES: Final = "text-generation"
_CHOOSES: Final = "zero-shot-classification"
_ANSWERS: Final = ("generated_text", "summary_text", "translation_text", "text")
"""Where the text is in an answer that is a text."""


def get_default_pip_requirements(model: Any) -> list[str]:
    """The requirements of a model of this flavor, as they are installed; all models have the same."""
    return [pin(name) for name in _DISTRIBUTIONS]


def get_default_conda_env(model: Any) -> dict[str, Any]:
    """A conda environment with the default requirements."""
    return default_conda_env(get_default_pip_requirements(model))


def save_model(
    transformers_model: Any,
    path: str | Path,
    processor: Any = None,
    task: str | None = None,
    torch_dtype: Any = None,
    model_card: Any = None,
    code_paths: Sequence[str | Path] | None = None,
    mlflow_model: Model | None = None,
    signature: ModelSignature | Literal[False] | None = None,
    input_example: Any = None,
    pip_requirements: str | Path | Sequence[str] | None = None,
    extra_pip_requirements: str | Path | Sequence[str] | None = None,
    conda_env: Any = None,
    metadata: dict[str, Any] | None = None,
    model_config: dict[str, Any] | None = None,
    prompt_template: str | None = None,
    save_pretrained: bool = True,
    base_model_path: str | None = None,
    **kwargs: Any,
) -> None:
    """Saves a pipeline as a model's folder.

    Nothing is asked of the Hugging Face Hub.

    Args:
        transformers_model: A pipeline; its parts as a dictionary, with "model" and such as "tokenizer"; or the folder of a
            checkpoint that `save_pretrained` wrote.
        path: Where the folder will be; missing or empty.
        processor: Kept as a part of the pipeline.
        task: What parts or a checkpoint are used for, such as "text-classification".
        torch_dtype: The type of the weights when they are loaded, such as `torch.float16`; that of the model when None.
        model_card: A `huggingface_hub.ModelCard`, which is kept.
        code_paths: Files and folders whose modules the model needs.
        mlflow_model: What is known of the model.
        signature: What the model takes and gives; inferred from the input example when None, or what is usual for the task.
        input_example: Input that the model predicts for.
        pip_requirements: The requirements, in place of those found out: lines, or the path of a file.
        extra_pip_requirements: Requirements besides those found out.
        conda_env: The environment, as a dictionary or the path of a YAML file.
        metadata: Kept in the MLmodel.
        model_config: Arguments of the pipeline's calls, such as `{"max_new_tokens": 20}`, that `kiseki.pyfunc` makes.
        prompt_template: A text with one `{prompt}`, in whose place `kiseki.pyfunc` puts each input.
        save_pretrained: False writes no weights, but which revision on the Hugging Face Hub they are.
        base_model_path: Not in kiseki: adapters of LoRA.
        **kwargs: Further arguments of the model's own `save_pretrained`, such as `max_shard_size`.

    Raises:
        InvalidParameter: The path is taken, it is no pipeline, the task is missing, or the model is not from the Hub whose
            weights are not to be written.
        NotImplementedByKiseki: Adapters or a task of MLflow's own, such as "llm/v1/chat", are asked for.
        MissingDependency: Transformers or PyTorch is not installed.
    """
    transformers = optional("transformers", "Saving a pipeline of Transformers")
    torch = optional("torch", "Saving a pipeline of Transformers")
    _check(task, base_model_path, model_card)
    pipeline = _pipeline(transformers, transformers_model, task)
    found = {name: getattr(pipeline, name, None) for name in COMPONENTS} | (
        {"processor": processor} if processor else {}
    )
    parts: dict[str, Any] = {name: part for name, part in found.items() if part is not None}
    config = dict(model_config or {})
    does = _task(pipeline)
    if prompt_template is not None:
        _check_template(prompt_template, does)
        metadata = {**(metadata or {}), _TEMPLATE: prompt_template}
        if does == _GENERATES:
            config.setdefault("return_full_text", False)
    if signature is None and input_example is None:
        signature = _usual_signature(does)
    name = str(pipeline.model.name_or_path)
    facts: dict[str, Any] = {
        "components": [*parts],
        "instance_type": type(pipeline).__name__,
        "pipeline_model_type": type(pipeline.model).__name__,
        "source_model_name": name,
        "task": pipeline.task,
        "torch_dtype": str(torch_dtype or pipeline.model.dtype),
        "transformers_version": transformers.__version__,
        **{f"{part}_type": type(value).__name__ for part, value in parts.items()},
    }
    if not save_pretrained:
        revision = _revision(name)
        facts["source_model_revision"] = revision
        for part in parts:
            facts |= {f"{part}_name": name, f"{part}_revision": revision}
    with package(
        path,
        mlflow_model,
        parts=Parts.of(locals(), model_config=config or None),
        requirements=_DISTRIBUTIONS,
    ) as folder:
        if save_pretrained:
            facts["model_binary"] = _MODEL
            pipeline.model.save_pretrained(folder.path / _MODEL, **kwargs)
            for part, value in parts.items():
                value.save_pretrained(folder.path / _FOLDER / part)
        if model_card is not None:
            (folder.path / "model_card.md").write_text(model_card.text, encoding="utf-8")
            (folder.path / "model_card_data.yaml").write_text(f"{model_card.data.to_yaml()}\n", encoding="utf-8")
        folder.add_flavor(FLAVOR_NAME, **facts)
        folder.add_pyfunc("mlflow.transformers", lambda: TransformersPredictor(pipeline, config, prompt_template))


def log_model(
    transformers_model: Any,
    artifact_path: str | None = None,
    processor: Any = None,
    task: str | None = None,
    torch_dtype: Any = None,
    model_card: Any = None,
    code_paths: Sequence[str | Path] | None = None,
    registered_model_name: str | None = None,
    signature: ModelSignature | Literal[False] | None = None,
    input_example: Any = None,
    await_registration_for: int | None = 300,
    pip_requirements: str | Path | Sequence[str] | None = None,
    extra_pip_requirements: str | Path | Sequence[str] | None = None,
    conda_env: Any = None,
    metadata: dict[str, Any] | None = None,
    model_config: dict[str, Any] | None = None,
    prompt_template: str | None = None,
    save_pretrained: bool = True,
    prompts: list[Any] | None = None,
    name: str | None = None,
    params: dict[str, Any] | None = None,
    tags: dict[str, Any] | None = None,
    model_type: str | None = None,
    step: int = 0,
    model_id: str | None = None,
    base_model_path: str | None = None,
    **kwargs: Any,
) -> ModelInfo:
    """Logs a pipeline as a model of the active run, or of none.

    The arguments that `save_model` does not have are those of `kiseki.models.Model.log`.
    """
    return log_flavor(__name__, locals())


def load_model(
    model_uri: str | Path,
    dst_path: str | Path | None = None,
    return_type: Literal["pipeline", "components"] = "pipeline",
    device: Any = None,
    base_model_path: str | None = None,
    **kwargs: Any,
) -> Any:
    """Loads a pipeline that was saved with this flavor, by kiseki or by MLflow.

    Weights that were not written come from the Hugging Face Hub, or from its cache on this machine.

    Args:
        model_uri: `models:/m-…`, `runs:/<run id>/<path>`, a path, or the URI of a folder in a store.
        dst_path: Where to put what is fetched; a temporary folder when None.
        return_type: "components" for the arguments of `transformers.pipeline`.
        device: Where the pipeline runs, such as "cuda:0"; Transformers chooses when None.
        base_model_path: Not in kiseki: adapters of LoRA.
        **kwargs: Further arguments of the model's own `from_pretrained`, such as `device_map`.

    Raises:
        NotFound: There is no such model, or it is of another flavor.
        IntegrityError: A file is missing or is not what was saved; the message names it.
        InvalidParameter: The return type is unknown, or the installed Transformers cannot read the model.
        NotImplementedByKiseki: It is an adapter.
        MissingDependency: Transformers or PyTorch is not installed.
    """
    if return_type not in {"pipeline", "components"}:
        raise InvalidParameter(f"return_type is {return_type!r}; expected 'pipeline' or 'components'.")
    _check(None, base_model_path, None)
    folder = local_model(model_uri, dst_path)
    return _read(folder, **kwargs) if return_type == "components" else _made(folder, device, **kwargs)


def _load_pyfunc(path: str, model_config: Mapping[str, Any] | None = None) -> TransformersPredictor:
    """What `kiseki.pyfunc.load_model` calls for a model of this flavor; the path is that of its folder."""
    config = dict(model_config or {})
    device = config.pop("device", None) or setting("DEFAULT_PREDICTION_DEVICE")
    folder = Path(path)
    return TransformersPredictor(_made(folder, device), config, (Model.load(folder).metadata or {}).get(_TEMPLATE))


class TransformersPredictor:
    """A pipeline as `kiseki.pyfunc` calls it.

    Args:
        pipeline: The pipeline.
        model_config: Arguments of its calls.
        prompt_template: A text with `{prompt}`, in whose place each input is put.
    """

    def __init__(
        self, pipeline: Any, model_config: Mapping[str, Any] | None = None, prompt_template: str | None = None
    ) -> None:
        self.pipeline = pipeline
        self.task = _task(pipeline)
        self.model_config = dict(model_config or {})
        self.prompt_template = prompt_template

    def predict(self, data: Any, params: dict[str, Any] | None = None) -> Any:
        """The pipeline's answers.

        Args:
            data: A text, several, or a table with one column of texts. For "zero-shot-classification" a dictionary or table
                with `sequences` and `candidate_labels`, and any further arguments of the pipeline. What other pipelines
                take is passed on.
            params: Arguments of the pipeline's call, which come before those of `model_config`.

        Returns:
            For "text-classification" a DataFrame with a row for each text: `label` and `score`, or with `top_k` a column of
            both for each label. For "zero-shot-classification" a DataFrame with a row for each text and label. For
            "fill-mask" the best word of each text; for "token-classification" the labels of each text, joined by commas; for
            "text-generation" what was generated. For "feature-extraction" an array of tokens x features for one text, and a
            list of them for several. For other tasks a list of texts or of what the pipeline itself gives.

        Raises:
            InvalidParameter: The pipeline does not take the data or the params; the message is its own.
        """
        arguments = {**self.model_config, **(params or {})}
        if self.task == _CHOOSES:
            return self._choices(data, arguments)
        inputs = _inputs(data)
        if not inputs:
            raise InvalidParameter("There is no input to predict for; expected a text, several, or a table of texts.")
        if self.prompt_template is not None:
            inputs = [self.prompt_template.format(prompt=one) for one in inputs]
        return self._answers(self._run(inputs, arguments), len(inputs))

    def get_raw_model(self) -> Any:
        """The pipeline."""
        return self.pipeline

    def _run(self, inputs: Any, arguments: Mapping[str, Any]) -> Any:
        try:
            return self.pipeline(inputs, **arguments)
        except (TypeError, ValueError) as error:
            raise InvalidParameter(f"The pipeline {self.task!r} says: {error}") from error

    def _choices(self, data: Any, arguments: dict[str, Any]) -> Any:
        """One row for each text and label."""
        rows = []
        for record in _records(data):
            asked = dict(record)
            sequences, labels = asked.pop("sequences", None), _listed(asked.pop("candidate_labels", None))
            if sequences is None or labels is None:
                raise InvalidParameter(
                    f"The pipeline {_CHOOSES!r} takes `sequences` and `candidate_labels`; given were {[*record]}."
                )
            found = self._run(_listed(sequences), {**arguments, **asked, "candidate_labels": labels})
            for one in found if isinstance(found, list) else [found]:
                rows += [(one["sequence"], *pair) for pair in zip(one["labels"], one["scores"], strict=True)]
        return _frame(rows, ["sequence", "labels", "scores"])

    def _answers(self, outputs: Any, count: int) -> Any:
        task = self.task
        if task == "text-classification":
            return _frame(outputs)
        if task == "fill-mask":
            # Of one text, the pipeline gives no list.
            return [_best(output) for output in ([outputs] if count == 1 else outputs)]
        if task == "token-classification":
            return [",".join(one.get("entity") or one["entity_group"] for one in output) for output in outputs]
        if task == "feature-extraction":
            arrays = [np.asarray(output)[0] for output in outputs]
            return arrays[0] if count == 1 else arrays
        return [_text(output) for output in outputs]


def _task(pipeline: Any) -> str:
    """What a pipeline is for, by the first of the names that Transformers has for it: "ner" is "token-classification"."""
    try:
        found: str = optional("transformers.pipelines", "Running a pipeline of Transformers").check_task(pipeline.task)[
            0
        ]
    except KeyError:
        # A pipeline of the user's own.
        return str(pipeline.task)
    return found


def _inputs(data: Any) -> list[Any]:
    """What a pipeline is called with, one by one; an input with one name is its value."""
    if isinstance(data, str | bytes):
        return [data]
    if isinstance(data, Mapping) or hasattr(data, "iloc"):
        return [next(iter(one.values())) if len(one) == 1 else one for one in _records(data)]
    listed = data.tolist() if isinstance(data, np.ndarray) else list(data) if isinstance(data, list | tuple) else [data]
    return [next(iter(one.values())) if isinstance(one, Mapping) and len(one) == 1 else one for one in listed]


def _records(data: Any) -> list[dict[str, Any]]:
    if hasattr(data, "iloc"):
        found: list[dict[str, Any]] = data.to_dict(orient="records")
        return found
    if isinstance(data, Mapping):
        return [dict(data)]
    if isinstance(data, list | tuple) and all(isinstance(one, Mapping) for one in data):
        return [dict(one) for one in data]
    raise InvalidParameter(
        f"The input is of type {type(data).__name__}; expected a dictionary, several, or a DataFrame."
    )


def _listed(value: Any) -> Any:
    """A list that may come as an array, or as the text of a list in JSON, as MLflow's signatures ask for."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, str) and value.startswith("["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _frame(rows: Any, columns: list[str] | None = None) -> Any:
    return optional("pandas", "Predictions of classes").DataFrame(rows, columns=columns)


def _best(candidates: Any) -> Any:
    """The most likely word; of a text with several masks, one for each."""
    if candidates and isinstance(candidates[0], list):
        return [_best(one) for one in candidates]
    return candidates[0]["token_str"]


def _text(output: Any) -> Any:
    """The text, or the texts, of an answer that consists of nothing else; any other answer as it is."""
    several = output if isinstance(output, list) else [output]
    keys = [next((key for key in _ANSWERS if isinstance(one, Mapping) and key in one), None) for one in several]
    if not keys or None in keys:
        return output
    texts = [one[key] for one, key in zip(several, keys, strict=True)]
    return texts[0] if len(texts) == 1 else texts


def _usual_signature(task: str) -> ModelSignature | None:
    """What pipelines for a task take and give; None for a task whose inputs are no texts."""
    text, score = ColSpec(DataType.string), ColSpec(DataType.double, "score")
    outputs: dict[str, list[ColSpec | TensorSpec]] = {
        "text-classification": [ColSpec(DataType.string, "label"), score],
        "feature-extraction": [TensorSpec(np.dtype(np.float64), (-1, -1))],
        **{name: [text] for name in ("fill-mask", "token-classification", _GENERATES)},
    }
    return ModelSignature(Schema([text]), Schema(outputs[task])) if task in outputs else None


def _pipeline(transformers: Any, given: Any, task: str | None) -> Any:
    """The pipeline that a caller gives, or that is made of what he gives."""
    if isinstance(given, transformers.Pipeline):
        if task is not None and task != given.task:
            raise InvalidParameter(f"task is {task!r}, and the pipeline is one for {given.task!r}.")
        return given
    if isinstance(given, Mapping):
        unknown = sorted(given.keys() - COMPONENTS.keys() - {_MODEL})
        if unknown or _MODEL not in given:
            raise InvalidParameter(
                f"The parts of a pipeline are 'model' and some of {[*COMPONENTS]}; given are {sorted(given)}."
            )
        found = dict(given)
    elif isinstance(given, str | Path) and (Path(given) / "config.json").is_file():
        found = {_MODEL: str(given)}
    else:
        raise InvalidParameter(
            f"transformers_model is {given!r}; expected a pipeline, a dictionary of its parts, or the folder of a checkpoint, "
            "which has a config.json."
            if isinstance(given, str | Path)
            else f"transformers_model is of type {type(given).__name__}; expected a pipeline, a dictionary of its parts, such as "
            "{'model': model, 'tokenizer': tokenizer}, or the folder of a checkpoint."
        )
    if task is None:
        raise InvalidParameter("What parts and checkpoints are used for is not known. Give task=, such as 'fill-mask'.")
    try:
        return transformers.pipeline(task, **found)
    except (KeyError, ValueError, OSError) as error:
        raise InvalidParameter(f"Transformers makes no pipeline for {task!r} of what was given: {error}") from error


def _check(task: str | None, base_model_path: str | None, model_card: Any) -> None:
    if base_model_path is not None:
        raise NotImplementedByKiseki(
            "base_model_path is for adapters of LoRA, which kiseki does not save. Merge the adapter into the model first: "
            "model.merge_and_unload()."
        )
    if task is not None and task.startswith("llm/"):
        raise NotImplementedByKiseki(
            f"kiseki does not have MLflow's task {task!r}. Save the pipeline with the task 'text-generation'."
        )
    if model_card is not None and not (hasattr(model_card, "text") and hasattr(model_card, "data")):
        raise InvalidParameter(
            f"model_card is of type {type(model_card).__name__}; expected a huggingface_hub.ModelCard: ModelCard(text)."
        )


def _check_template(template: str, task: str) -> None:
    if task not in _TEMPLATED:
        raise InvalidParameter(f"Pipelines for {task!r} take no prompt_template; those for {[*_TEMPLATED]} do.")
    try:
        fields = [field for _, field, _, _ in Formatter().parse(template) if field is not None]
    except (TypeError, ValueError):
        fields = []
    if fields != ["prompt"]:
        raise InvalidParameter(f"prompt_template is {template!r}; expected a text with one {{prompt}}.")


def _revision(name: str) -> str:
    """Which revision of a model on the Hugging Face Hub its cache on this machine has."""
    hub = optional("huggingface_hub", "Saving a pipeline without its weights", "huggingface-hub")
    try:
        found = hub.try_to_load_from_cache(name, "config.json")
    except ValueError:
        found = None
    if not isinstance(found, str):
        raise InvalidParameter(
            f"With save_pretrained=False, the model must have been loaded from the Hugging Face Hub. This one's name is {name!r}, "
            "which the Hub's cache on this machine does not have: save it with its weights."
        )
    return Path(found).parent.name


def _made(folder: Path, device: Any, **options: Any) -> Any:
    parts = _read(folder, **options)
    return optional("transformers", "Loading a pipeline of Transformers").pipeline(**parts, device=device)


def _read(folder: Path, **options: Any) -> dict[str, Any]:
    """The arguments of `transformers.pipeline`."""
    facts = Model.load(folder).flavor(FLAVOR_NAME)
    transformers = optional("transformers", "Loading a pipeline of Transformers")
    torch = optional("torch", "Loading a pipeline of Transformers")
    if facts.get("peft_adaptor") is not None:
        raise NotImplementedByKiseki("The model is an adapter of LoRA, which kiseki does not load. MLflow does.")
    add_code(folder, facts.get("code"))
    kind: Any = getattr(transformers, str(facts.get("pipeline_model_type")), None)
    known = isinstance(kind, type) and issubclass(kind, transformers.PreTrainedModel)
    if not known:
        raise InvalidParameter(
            f"The model is a {facts.get('pipeline_model_type')}, which Transformers {transformers.__version__} does not have; "
            f"Transformers {facts.get('transformers_version', '(unknown)')} wrote it."
        )
    dtype = getattr(torch, str(facts.get("torch_dtype")).removeprefix("torch."), None)
    # Transformers 4 has the older name.
    typed = {"dtype" if int(transformers.__version__.partition(".")[0]) >= 5 else "torch_dtype": dtype} if dtype else {}
    found = {"task": facts.get("task"), **typed}
    if "model_binary" in facts:
        place = member(folder, facts["model_binary"], "the pipeline's model")
        found[_MODEL] = kind.from_pretrained(place, **{**typed, **options})
    else:
        revision = facts.get("source_model_revision")
        found[_MODEL] = kind.from_pretrained(facts["source_model_name"], revision=revision, **{**typed, **options})
    for name in facts.get("components") or []:
        reader: Any = getattr(transformers, COMPONENTS[name])
        if "model_binary" in facts:
            found[name] = reader.from_pretrained(member(folder, f"{_FOLDER}/{name}", f"the pipeline's {name}"))
        else:
            found[name] = reader.from_pretrained(facts[f"{name}_name"], revision=facts.get(f"{name}_revision"))
    return found
