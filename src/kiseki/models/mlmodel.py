"""The file MLmodel: what a model is made of, how it is called and where it comes from."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import msgspec

from kiseki.__about__ import MLFLOW_VERSION, __version__
from kiseki.base.errors import InvalidParameter, NotFound
from kiseki.base.yaml import format_yaml, read_yaml
from kiseki.models.example import InputExample, read_example
from kiseki.models.info import ModelInfo
from kiseki.models.members import MLMODEL_FILE, member
from kiseki.models.signature import ModelSignature

if TYPE_CHECKING:
    from kiseki.types import ParamSchema, Schema

PYFUNC: Final = "python_function"
"""The flavor that every model has which can predict by `kiseki.pyfunc`."""
FROM_HINT: Final = "is_signature_from_type_hint"
"""The key of an MLmodel that says whether the input is to conform to the type hint of `predict`, not to columns."""

FROM_EXAMPLE: Final = "type_hint_from_example"
"""The key that says whether the input keeps the form of the input example."""


def _new_uuid() -> str:
    return uuid.uuid4().hex


class Model:
    """What an MLmodel says, to be read and changed; keys that kiseki does not know are kept.

    Args:
        artifact_path: Where the model was logged to; a path below a run's artifacts, or a URI.
        run_id: The run that logged it.
        utc_time_created: `YYYY-MM-DD HH:MM:SS.ffffff`, or a datetime; now when None.
        flavors: Facts by flavor.
        signature: What the model takes and gives.
        saved_input_example_info: Where the input example is.
        model_uuid: A text or a function that makes one; a fresh UUID when left out.
        mlflow_version: The version of MLflow's format.
        metadata: Anything that YAML has, for the user.
        model_size_bytes: The size of all files, without the MLmodel.
        resources: Kept.
        env_vars: Names of environment variables that the model reads.
        auth_policy: Kept.
        model_id: `m-…` of the logged model.
        prompts: Kept.
        **others: Keys that are kept.
    """

    def __init__(
        self,
        artifact_path: str | None = None,
        run_id: str | None = None,
        utc_time_created: str | datetime | None = None,
        flavors: dict[str, Any] | None = None,
        signature: ModelSignature | None = None,
        saved_input_example_info: dict[str, Any] | None = None,
        model_uuid: str | Callable[[], str] | None = _new_uuid,
        mlflow_version: str | None = MLFLOW_VERSION,
        metadata: dict[str, Any] | None = None,
        model_size_bytes: int | None = None,
        resources: Any = None,
        env_vars: list[str] | None = None,
        auth_policy: Any = None,
        model_id: str | None = None,
        prompts: list[str] | None = None,
        **others: Any,
    ) -> None:
        if isinstance(utc_time_created, datetime):
            utc_time_created = str(utc_time_created)
        self.artifact_path = artifact_path
        self.run_id = run_id
        self.utc_time_created = utc_time_created or str(datetime.now(UTC).replace(tzinfo=None))
        self.flavors: dict[str, Any] = {} if flavors is None else flavors
        self.signature = signature
        self.saved_input_example_info = saved_input_example_info
        self.model_uuid = model_uuid() if callable(model_uuid) else model_uuid
        self.mlflow_version = mlflow_version
        self.metadata = metadata
        self.model_size_bytes = model_size_bytes
        self.resources = resources
        self.env_vars = env_vars
        self.auth_policy = auth_policy
        self.model_id = model_id
        self.prompts = prompts
        self.others = others

    def add_flavor(self, name: str, **facts: Any) -> Self:
        """Adds a flavor, in place of one of that name, and returns the model."""
        self.flavors[name] = facts
        return self

    def get_input_schema(self) -> Schema | None:
        """The schema of the model's input; None without a signature."""
        return None if self.signature is None else self.signature.inputs

    def get_output_schema(self) -> Schema | None:
        """The schema of the model's output; None when it is not known."""
        return None if self.signature is None else self.signature.outputs

    def get_params_schema(self) -> ParamSchema | None:
        """The schema of the params of `predict`; None when there are none."""
        return None if self.signature is None else self.signature.params

    def load_example(self, path: str | Path | None = None) -> InputExample | None:
        """The input example with its params; None when the model has none.

        Args:
            path: The model's folder or URI; the URI of the logged model when None.
        """
        if self.saved_input_example_info is None:
            return None
        return read_example(self._folder(path), self.saved_input_example_info, self.signature)

    def load_input_example(self, path: str | Path | None = None) -> Any:
        """The input example as it was given to `save_model`, without its params; None when the model has none.

        Args:
            path: The model's folder or URI; the URI of the logged model when None.
        """
        found = self.load_example(path)
        return None if found is None else found.data

    def load_input_example_params(self, path: str | Path | None = None) -> dict[str, Any] | None:
        """The params of the input example; None when it has none."""
        found = self.load_example(path)
        return None if found is None else found.params or None

    def get_serving_input(self, path: str | Path | None = None) -> str | None:
        """The input example as the JSON body of a request to the scoring server; None when the model has none."""
        name = (self.saved_input_example_info or {}).get("serving_input_path")
        if name is None:
            return None
        return member(self._folder(path), name, "the serving input").read_text(encoding="utf-8")

    def get_tags_dict(self) -> dict[str, Any]:
        """What MLflow writes into a run's tag about the model: everything except its signature, sizes and metadata."""
        left_out = {"signature", "saved_input_example_info", "model_size_bytes", "metadata", "prompts", "model_id"}
        return {key: value for key, value in self.to_dict().items() if key not in left_out | self.others.keys()}

    def get_model_info(self, logged_model: Any = None) -> ModelInfo:
        """What `log_model` returns.

        Args:
            logged_model: The logged model, when there is one, for its name, params, tags and metrics.
        """
        return ModelInfo(
            artifact_path=self.artifact_path,
            flavors=self.flavors,
            model_uri=f"models:/{self.model_id}" if self.model_id else f"runs:/{self.run_id}/{self.artifact_path}",
            model_uuid=self.model_uuid,
            run_id=self.run_id,
            saved_input_example_info=self.saved_input_example_info,
            signature=self.signature,
            utc_time_created=self.utc_time_created,
            mlflow_version=self.mlflow_version,
            metadata=self.metadata,
            env_vars=self.env_vars,
            prompts=self.prompts,
            logged_model=logged_model,
        )

    def to_dict(self) -> dict[str, Any]:
        """The content of the MLmodel: what has no value is left out, as MLflow does."""
        found: dict[str, Any] = {
            "utc_time_created": self.utc_time_created,
            "flavors": self.flavors,
            "model_uuid": self.model_uuid,
            "mlflow_version": self.mlflow_version,
            "prompts": self.prompts,
            "model_id": self.model_id,
            **self.others,
        }
        if self.signature is not None:
            found["signature"] = self.signature.to_dict()
        for key in (
            *("artifact_path", "run_id", "saved_input_example_info", "metadata", "model_size_bytes"),
            *("resources", "env_vars", "auth_policy"),
        ):
            value = getattr(self, key)
            if value is not None:
                found[key] = value
        return found

    def to_json(self) -> str:
        """The content as JSON."""
        return json.dumps(self.to_dict(), default=str)

    def to_yaml(self, stream: Any = None) -> str | None:
        """The content as YAML: returned, or written into `stream` where one is given."""
        text = format_yaml(self.to_dict(), MLMODEL_FILE).decode()
        if stream is None:
            return text
        stream.write(text)
        return None

    @classmethod
    def from_dict(cls, facts: dict[str, Any]) -> Self:
        """The model that an MLmodel's content describes.

        Raises:
            InvalidParameter: It is no dictionary, its flavors are none of facts by name, or its signature is none.
        """
        if not isinstance(facts, dict):
            raise InvalidParameter(f"The MLmodel is {type(facts).__name__}; expected a mapping with the key 'flavors'.")
        given = dict(facts)
        flavors = given.get("flavors") or {}
        if not isinstance(flavors, dict) or not all(isinstance(one, dict) for one in flavors.values()):
            raise InvalidParameter("The MLmodel's 'flavors' is no mapping of names to facts.")
        signature = given.pop("signature", None)
        if isinstance(signature, dict):
            signature = ModelSignature.from_dict(signature)
        return cls(**{"model_uuid": None, "mlflow_version": None, **given, "flavors": flavors, "signature": signature})

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Reads the MLmodel of a model.

        Args:
            path: The model's folder, its file MLmodel, or any URI of a model.

        Raises:
            NotFound: There is no MLmodel.
            InvalidParameter: It is none that can be read.
        """
        from kiseki.models.load import fetch_file

        file = fetch_file(path, MLMODEL_FILE)
        return cls.from_dict(read_yaml(file, repr(str(file))))

    def save(self, path: str | Path) -> None:
        """Writes the file; the old one stays until the new one is whole."""
        target = Path(path)
        temporary = target.with_name(f".{target.name}.part")
        temporary.write_bytes(format_yaml(self.to_dict(), MLMODEL_FILE))
        temporary.replace(target)

    @classmethod
    def log(cls, artifact_path: str | None, flavor: Any, **options: Any) -> ModelInfo:
        """Saves a model with a flavor's `save_model` and logs it; see `kiseki.models.log.log_model`."""
        from kiseki.models.log import log_model

        return log_model(cls(), flavor, artifact_path=artifact_path, **options)

    def flavor(self, name: str) -> dict[str, Any]:
        """The facts of a flavor.

        Raises:
            NotFound: The model does not have the flavor.
        """
        if not self.flavors:
            raise NotFound("The model has no flavors: only what is known of it is kept here, not its files.")
        if name not in self.flavors:
            raise NotFound(
                f'Model does not have the "{name}" flavor. It has {sorted(self.flavors)}: load it with '
                f"kiseki.{next((one for one in sorted(self.flavors) if one != PYFUNC), 'pyfunc')}.load_model()."
            )
        facts: dict[str, Any] = self.flavors[name]
        return facts

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Model) and self.to_dict() == other.to_dict()

    __hash__ = None  # type: ignore[assignment]  # it can be changed

    def __repr__(self) -> str:
        return f"<Model: model_id={self.model_id!r}, run_id={self.run_id!r}, flavors={sorted(self.flavors)}>"

    def _folder(self, path: str | Path | None) -> Path:
        from kiseki.models.load import local_model

        if path is None and self.model_id is None and self.run_id is None:
            raise InvalidParameter("The model was not logged; say in which folder it is saved.")
        return local_model(self.get_model_info().model_uri if path is None else path)


def get_model_info(model_uri: str) -> ModelInfo:
    """What is known of a model, without loading it: its flavors, signature, input example and metadata.

    Args:
        model_uri: As for `Model.load`.

    Raises:
        NotFound: There is no such model.
    """
    return msgspec.structs.replace(Model.load(model_uri).get_model_info(), model_uri=str(model_uri))


def new_model(metadata: dict[str, Any] | None = None) -> Model:
    """A model that kiseki is about to save."""
    return Model(metadata=metadata, kiseki_version=__version__)
