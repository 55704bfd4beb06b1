"""Models of H2O in its binary format, which a cluster of H2O of the same version reads."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from threading import Lock
from typing import Any, Final, Literal
from urllib.parse import quote

from kiseki.base.errors import InvalidParameter
from kiseki.base.optional import optional
from kiseki.base.yaml import format_yaml, read_yaml
from kiseki.models.code import add_code
from kiseki.models.environment import default_conda_env
from kiseki.models.flavor import log_flavor
from kiseki.models.info import ModelInfo
from kiseki.models.load import local_model
from kiseki.models.members import member
from kiseki.models.mlmodel import Model
from kiseki.models.package import Parts, package
from kiseki.models.pickles import check_unpickling
from kiseki.models.requirements import pin
from kiseki.models.signature import ModelSignature

FLAVOR_NAME: Final = "h2o"

_DATA: Final = "model.h2o"
_SETTINGS: Final = "h2o.yaml"
_WRITTEN: Final = frozenset({"full_file", "model_dir", "model_file"})
"""What MLflow writes beside the settings; only the name of the file is used."""

_INSTEAD: Final = "log a Python model that reads what h2o's download_mojo() writes, which holds data alone"
_TRACE: Final = re.compile(r"\n\s*stacktrace", re.IGNORECASE)
_CLIENT: Final = Lock()
"""A process has one client, which names what all its threads put into the cluster."""


def get_default_pip_requirements() -> list[str]:
    """The requirements of a model of this flavor, as they are installed."""
    return [pin("h2o")]


def get_default_conda_env() -> dict[str, Any]:
    """A conda environment with the default requirements."""
    return default_conda_env(get_default_pip_requirements())


def save_model(
    h2o_model: Any,
    path: str | Path,
    conda_env: Any = None,
    code_paths: Sequence[str | Path] | None = None,
    mlflow_model: Model | None = None,
    settings: dict[str, Any] | None = None,
    signature: ModelSignature | Literal[False] | None = None,
    input_example: Any = None,
    pip_requirements: str | Path | Sequence[str] | None = None,
    extra_pip_requirements: str | Path | Sequence[str] | None = None,
    metadata: dict[str, Any] | None = None,
    extra_files: Sequence[str | Path] | None = None,
) -> None:
    """Saves a model as a folder; it is fetched from the cluster of H2O that it is in.

    Args:
        h2o_model: A trained estimator of H2O.
        path: Where the folder will be; missing or empty.
        conda_env: The environment, as a dictionary or the path of a YAML file.
        code_paths: Files and folders whose modules the model needs.
        mlflow_model: What is known of the model.
        settings: Kept with the model. Its entry "init" has the arguments of `h2o.init()`, such as `{"max_mem_size": "4G"}`, with
            which a cluster is found or started where the process that loads the model is connected to none.
        signature: What the model takes and gives; inferred from the input example when None.
        input_example: A table that the model predicts for.
        pip_requirements: The requirements, in place of those found out: lines, or the path of a file.
        extra_pip_requirements: Requirements besides those found out.
        metadata: Kept in the MLmodel.
        extra_files: Kept in the model's folder.

    Raises:
        InvalidParameter: The path is taken, it is no trained model of H2O, or the settings are not what YAML has.
        MissingDependency: H2O is not installed.
    """
    h2o = optional("h2o", "Saving a model of H2O")
    if not isinstance(h2o_model, h2o.model.ModelBase) or not h2o_model.model_id:
        raise InvalidParameter(f"h2o_model is of type {type(h2o_model).__name__}; expected a trained estimator of H2O.")
    with package(path, mlflow_model, parts=Parts.of(locals()), requirements=["h2o"]) as folder:
        data = folder.path / _DATA
        data.mkdir()
        # Through the client, since the cluster need not see the files of this machine.
        file = Path(h2o.download_model(h2o_model, str(data)))
        # MLflow puts its own three into the dictionary that it is given.
        kept = {key: value for key, value in (settings or {}).items() if key not in _WRITTEN}
        (data / _SETTINGS).write_bytes(format_yaml({**kept, "model_file": file.name}, _SETTINGS))
        folder.refer_to(["pandas"])
        folder.add_flavor(FLAVOR_NAME, data=_DATA, h2o_version=h2o.__version__)
        folder.add_pyfunc("mlflow.h2o", lambda: H2OPredictor(h2o_model), data=_DATA)


def log_model(
    h2o_model: Any,
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
    """Logs a model of H2O as a model of the active run, or of none.

    The arguments that `save_model` does not have are those of `kiseki.models.Model.log`.
    """
    return log_flavor(__name__, locals())


def load_model(model_uri: str | Path, dst_path: str | Path | None = None) -> Any:
    """Loads a model that was saved with this flavor, by kiseki or by MLflow, into a cluster of H2O.

    The cluster is the one that this process is connected to; where it is connected to none, one is found or started with the
    settings that the model was saved with.

    Args:
        model_uri: `models:/m-…`, `runs:/<run id>/<path>`, a path, or the URI of a folder in a store.
        dst_path: Where to put what is fetched; a temporary folder when None.

    Raises:
        NotFound: There is no such model, or it is of another flavor.
        IntegrityError: A file is missing or is not what was saved; the message names it.
        PermissionDenied: It is to be unpickled, and KISEKI_ALLOW_PICKLE_DESERIALIZATION is false.
        InvalidParameter: The cluster cannot read it, such as one of another version, or none can be started.
        MissingDependency: H2O is not installed.
    """
    return _read(local_model(model_uri, dst_path))


def _load_pyfunc(path: str) -> H2OPredictor:
    """What `kiseki.pyfunc.load_model` calls for a model of this flavor; the path is that of its data."""
    return H2OPredictor(_read(Path(path).parent))


class H2OPredictor:
    """A model of H2O as `kiseki.pyfunc` calls it.

    Args:
        h2o_model: The model, in the cluster that the process is connected to.
    """

    def __init__(self, h2o_model: Any) -> None:
        self.h2o_model = h2o_model
        h2o = optional("h2o", "Predicting with a model of H2O")
        output = h2o.api(f"GET /3/Models/{quote(h2o_model.model_id)}")["models"][0]["output"]
        kinds = zip(output["names"], output["column_types"], strict=True)
        self._categories = {name: "enum" for name, kind in kinds if kind == "Enum"}

    def predict(self, data: Any, params: dict[str, Any] | None = None) -> Any:
        """A table with the column `predict`, and the probability of each class where the model classifies.

        The frames that it takes in the cluster are removed.

        Args:
            data: A table.
            params: Not used: a model of H2O predicts in one way.

        Raises:
            InvalidParameter: It is no table, or none that the model can predict for.
        """
        h2o = optional("h2o", "Predicting with a model of H2O")
        pandas = optional("pandas", "Predicting with a model of H2O")
        if not isinstance(data, pandas.DataFrame):
            raise InvalidParameter(f"The input is of type {type(data).__name__}; expected a table with named columns.")
        with _CLIENT, _silent(h2o):
            used: list[Any] = []
            try:
                # H2O would take categories such as "007" for numbers.
                types = {name: kind for name, kind in self._categories.items() if name in data.columns}
                used.append(h2o.H2OFrame(data, column_types=types))
                used.append(self.h2o_model.predict(used[0]))
                text = used[1].get_frame_data()
            except OSError as error:
                raise InvalidParameter(f"H2O cannot predict for the input: {_reason(error)}") from error
            finally:
                h2o.remove(used)
        return pandas.read_csv(StringIO(text), low_memory=False, skip_blank_lines=False).set_index(data.index)

    def get_raw_model(self) -> Any:
        """The model."""
        return self.h2o_model


def _reason(error: Exception) -> str:
    """What an error of H2O says, without the trace of the cluster's program."""
    return _TRACE.split(str(error))[0]


@contextmanager
def _silent(h2o: Any) -> Iterator[None]:
    """Shows no progress of jobs while the block runs."""
    shown = h2o.job.H2OJob.__PROGRESS_BAR__
    h2o.no_progress()
    try:
        yield
    finally:
        if shown:
            h2o.show_progress()


def _read(folder: Path) -> Any:
    facts = Model.load(folder).flavor(FLAVOR_NAME)
    h2o = optional("h2o", "Loading a model of H2O")
    add_code(folder, facts.get("code"))
    data = facts.get("data", _DATA)
    settings = read_yaml(member(folder, f"{data}/{_SETTINGS}", "the settings of H2O"), repr(_SETTINGS))
    if not isinstance(settings, dict) or "model_file" not in settings:
        raise InvalidParameter(f"{_SETTINGS!r} of the model does not say 'model_file', the name of the file of H2O.")
    file = member(folder, f"{data}/{settings['model_file']}", "the model")
    # Its classes are the cluster's own, and objects that Java serialized may be among their fields.
    check_unpickling(repr(file.name), _INSTEAD)
    try:
        with _CLIENT, _silent(h2o):
            connection = h2o.connection()
            if connection is None or not connection.connected:
                h2o.init(**{"verbose": False, **(settings.get("init") or {})})
            return h2o.upload_model(str(file))
    except Exception as error:
        # Those of H2O have no class in common.
        raise InvalidParameter(
            f"H2O {h2o.__version__} cannot load {file.name!r}, which H2O {facts.get('h2o_version')} wrote: "
            f"{type(error).__name__}: {_reason(error)}. It is damaged, or needs what the model's requirements.txt lists: a "
            "cluster reads what its own version wrote, and Java runs it."
        ) from error
