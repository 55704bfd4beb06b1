"""Pipelines of spaCy in its own format, whose files hold data alone; those that categorize texts predict."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Literal

from kiseki.base.errors import InvalidParameter
from kiseki.base.optional import optional
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

FLAVOR_NAME: Final = "spacy"

_DATA: Final = "model.spacy"
_log = logging.getLogger("kiseki")


def get_default_pip_requirements() -> list[str]:
    """The requirements of a model of this flavor, as they are installed."""
    return [pin("spacy")]


def get_default_conda_env() -> dict[str, Any]:
    """A conda environment with the default requirements."""
    return default_conda_env(get_default_pip_requirements())


def save_model(
    spacy_model: Any,
    path: str | Path,
    conda_env: Any = None,
    code_paths: Sequence[str | Path] | None = None,
    mlflow_model: Model | None = None,
    signature: ModelSignature | Literal[False] | None = None,
    input_example: Any = None,
    pip_requirements: str | Path | Sequence[str] | None = None,
    extra_pip_requirements: str | Path | Sequence[str] | None = None,
    metadata: dict[str, Any] | None = None,
    extra_files: Sequence[str | Path] | None = None,
) -> None:
    """Saves a pipeline as a model's folder.

    `kiseki.pyfunc` loads it where it has a component that categorizes texts; the log says so when it has none.

    Args:
        spacy_model: A `spacy.Language`, such as `spacy.load` gives.
        path: Where the folder will be; missing or empty.
        conda_env: The environment, as a dictionary or the path of a YAML file.
        code_paths: Files and folders whose modules the model needs.
        mlflow_model: What is known of the model.
        signature: What the model takes and gives; inferred from the input example when None.
        input_example: A table with one column of texts.
        pip_requirements: The requirements, in place of those found out: lines, or the path of a file.
        extra_pip_requirements: Requirements besides those found out.
        metadata: Kept in the MLmodel.
        extra_files: Kept in the model's folder.

    Raises:
        InvalidParameter: The path is taken, or it is no pipeline of spaCy.
        MissingDependency: spaCy is not installed.
    """
    spacy = optional("spacy", "Saving a pipeline of spaCy")
    if not isinstance(spacy_model, spacy.Language):
        raise InvalidParameter(
            f"spacy_model is of type {type(spacy_model).__name__}; expected a spacy.Language, such as spacy.load() gives."
        )
    with package(path, mlflow_model, parts=Parts.of(locals()), requirements=["spacy"]) as folder:
        spacy_model.to_disk(folder.path / _DATA)
        parts = [spacy_model.tokenizer, *(component for _, component in spacy_model.components)]
        folder.refer_to(_home(part) for part in parts)
        folder.add_flavor(FLAVOR_NAME, data=_DATA, spacy_version=spacy.__version__)
        if any(isinstance(part, spacy.pipeline.TextCategorizer) for part in parts):
            folder.refer_to(["pandas"])
            folder.add_pyfunc("mlflow.spacy", lambda: SpacyPredictor(spacy_model), data=_DATA)
        else:
            _log.warning(
                "The pipeline categorizes no texts, so kiseki.spacy.load_model() loads it and kiseki.pyfunc.load_model() does "
                "not: a pipeline predicts by pyfunc where it has the component 'textcat' or 'textcat_multilabel'."
            )


def log_model(
    spacy_model: Any,
    artifact_path: str | None = None,
    conda_env: Any = None,
    code_paths: Sequence[str | Path] | None = None,
    registered_model_name: str | None = None,
    signature: ModelSignature | Literal[False] | None = None,
    input_example: Any = None,
    pip_requirements: str | Path | Sequence[str] | None = None,
    extra_pip_requirements: str | Path | Sequence[str] | None = None,
    metadata: dict[str, Any] | None = None,
    extra_files: Sequence[str | Path] | None = None,
    name: str | None = None,
    params: dict[str, Any] | None = None,
    tags: dict[str, Any] | None = None,
    model_type: str | None = None,
    step: int = 0,
    model_id: str | None = None,
    **kwargs: Any,
) -> ModelInfo:
    """Logs a pipeline as a model of the active run, or of none.

    The arguments that `save_model` does not have are those of `kiseki.models.Model.log`.
    """
    return log_flavor(__name__, locals())


def load_model(model_uri: str | Path, dst_path: str | Path | None = None) -> Any:
    """Loads a pipeline that was saved with this flavor, by kiseki or by MLflow.

    Args:
        model_uri: `models:/m-…`, `runs:/<run id>/<path>`, a path, or the URI of a folder in a store.
        dst_path: Where to put what is fetched; a temporary folder when None.

    Raises:
        NotFound: There is no such model, or it is of another flavor.
        IntegrityError: A file is missing or is not what was saved; the message names it.
        InvalidParameter: The installed spaCy cannot read it, or does not know one of its components; the message names it.
        MissingDependency: spaCy is not installed.
    """
    return _read(local_model(model_uri, dst_path))


def _load_pyfunc(path: str) -> SpacyPredictor:
    """What `kiseki.pyfunc.load_model` calls for a model of this flavor; the path is that of its data."""
    return SpacyPredictor(_read(Path(path).parent))


class SpacyPredictor:
    """A pipeline as `kiseki.pyfunc` calls it.

    Args:
        spacy_model: The pipeline, with a component that categorizes texts.
    """

    def __init__(self, spacy_model: Any) -> None:
        self.spacy_model = spacy_model

    def predict(self, data: Any, params: dict[str, Any] | None = None) -> Any:
        """A table with the column `predictions`: for each text a dictionary of scores from 0 to 1 by category.

        Args:
            data: A table with one column of texts.
            params: Not used: a pipeline is set up when it is trained.

        Raises:
            InvalidParameter: It is no such table.
        """
        pandas = optional("pandas", "Predicting with a pipeline of spaCy")
        if not isinstance(data, pandas.DataFrame) or len(data.columns) != 1:
            columns = f"a table with the columns {[*data.columns]}" if hasattr(data, "columns") else type(data).__name__
            raise InvalidParameter(f"Shape of input dataframe must be (n_rows, 1 column); got {columns}.")
        texts = data.iloc[:, 0].tolist()
        for row, text in enumerate(texts):
            if not isinstance(text, str):
                raise InvalidParameter(f"Row {row} has {text!r} of type {type(text).__name__}; expected a text.")
        scores = [document.cats for document in self.spacy_model.pipe(texts)]
        return pandas.DataFrame({"predictions": pandas.Series(scores, index=data.index, dtype=object)})

    def get_raw_model(self) -> Any:
        """The pipeline."""
        return self.spacy_model


def _home(component: Any) -> str:
    """The module of a component's class, or of the function that the component is."""
    home: str = getattr(component, "__module__", type(component).__module__)
    return home


def _read(folder: Path) -> Any:
    facts = Model.load(folder).flavor(FLAVOR_NAME)
    spacy = optional("spacy", "Loading a pipeline of spaCy")
    add_code(folder, facts.get("code"))
    data = member(folder, facts.get("data", _DATA), "the model")
    try:
        return spacy.load(data)
    except Exception as error:
        # Each component reads its own files, with errors of its own.
        raise InvalidParameter(
            f"spaCy {spacy.__version__} cannot load {data.name!r}, which spaCy {facts.get('spacy_version')} wrote: "
            f"{type(error).__name__}: {error}. It is damaged, or needs what the model's requirements.txt lists; import the "
            "modules that register components of your own before loading the model."
        ) from error
