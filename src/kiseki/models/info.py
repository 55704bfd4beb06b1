"""What `log_model` and `get_model_info` return."""

from __future__ import annotations

from typing import Any

import msgspec

from kiseki.models.signature import ModelSignature


class ModelInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A model that was logged or saved."""

    artifact_path: str | None
    """Where its files are: a URI, or a path below the run's artifacts."""
    flavors: dict[str, Any]
    """Facts by flavor."""
    model_uri: str
    """What `load_model` takes."""
    model_uuid: str | None
    """The `model_id` of a logged model."""
    run_id: str | None
    """The run that logged it; None outside of a run."""
    saved_input_example_info: dict[str, Any] | None
    """Where the input example is; None when there is none."""
    signature: ModelSignature | None
    """What it takes and gives."""
    utc_time_created: str | None
    """`YYYY-MM-DD HH:MM:SS.ffffff`."""
    mlflow_version: str | None
    """The version of MLflow's format."""
    metadata: dict[str, Any] | None = None
    """The user's."""
    registered_model_version: int | None = None
    """The version of a registered model that it was registered as; None for none."""
    env_vars: list[str] | None = None
    """Names of environment variables that it reads."""
    prompts: list[str] | None = None
    """Kept from MLflow."""
    logged_model: Any = None
    """The logged model as the server has it; None for a model that is only saved."""

    @property
    def signature_dict(self) -> dict[str, Any] | None:
        """The signature as JSON in texts."""
        return None if self.signature is None else self.signature.to_dict()

    @property
    def model_id(self) -> str | None:
        """`m-…` of the logged model."""
        return getattr(self.logged_model, "model_id", None)

    @property
    def name(self) -> str | None:
        """The logged model's name."""
        return getattr(self.logged_model, "name", None)

    @property
    def params(self) -> dict[str, str] | None:
        """The logged model's params."""
        return getattr(self.logged_model, "params", None)

    @property
    def tags(self) -> dict[str, str] | None:
        """The logged model's tags."""
        return getattr(self.logged_model, "tags", None)

    @property
    def metrics(self) -> Any:
        """The logged model's metrics."""
        return getattr(self.logged_model, "metrics", None)

    @property
    def creation_timestamp(self) -> int | None:
        """Milliseconds since 1970-01-01T00:00:00Z."""
        return getattr(self.logged_model, "creation_timestamp", None)
