"""What the model registry returns, under the name of MLflow's module."""

from __future__ import annotations

from kiseki.entities.model_versions import ModelVersion, ModelVersionTag
from kiseki.entities.registered_models import RegisteredModel, RegisteredModelAlias, RegisteredModelTag

__all__ = ["ModelVersion", "ModelVersionTag", "RegisteredModel", "RegisteredModelAlias", "RegisteredModelTag"]
