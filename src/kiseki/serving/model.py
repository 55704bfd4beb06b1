"""The model that a server has loaded, and what it tells of it."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from kiseki.models.signature import ModelSignature
from kiseki.pyfunc.loading import load_model
from kiseki.serving.scorer import Model

MAX_EXAMPLE_CHARS: Final = 2**18
"""A longer input example is not shown: a page cannot be read that has it."""


class Served(msgspec.Struct, frozen=True, kw_only=True):
    """A loaded model.

    Args:
        model: What predicts.
        signature: What it takes and gives; None when that is not known.
        example: The JSON body of a request that it answers; None when there is none.
        name: What it is called in the log and on its page.
    """

    model: Model
    signature: ModelSignature | None = None
    example: str | None = None
    name: str = "model"


def load(folder: str, name: str, config: dict[str, Any] | None) -> Served:
    """Loads a model from its folder.

    Args:
        folder: The model's.
        name: What it is called.
        config: In place of values of the configuration that the model was saved with.

    Raises:
        KisekiError: It cannot be loaded; the message says why.
    """
    model = load_model(folder, model_config=config)
    example = model.metadata.get_serving_input(folder)
    if example is not None and len(example) > MAX_EXAMPLE_CHARS:
        example = None
    return Served(model=model, signature=model.metadata.signature, example=example, name=name)
