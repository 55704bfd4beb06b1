"""The scoring server as an application of Ray Serve: the same endpoints, in as many replicas as Ray Serve starts.

`kiseki models generate-descriptor --kind ray-serve` writes a configuration whose `import_path` is `kiseki.serving.ray_serve:app`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from kiseki.base.errors import InvalidParameter
from kiseki.base.optional import optional
from kiseki.models.load import local_model
from kiseki.serving.app import App, create_app
from kiseki.serving.model import load
from kiseki.serving.settings import ServingSettings

DEPLOYMENT = "Model"
"""What the deployment is called, for its replicas and resources in a configuration."""


class Arguments(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The `args` of the application.

    Args:
        model_uri: The model; each replica fetches and loads it for itself.
        model_config: Changes values of the configuration that the model was saved with.
        batching: Whether requests that wait are answered by one prediction.
        timeout_seconds: That a request may take.
        max_body_bytes: The longest body of a request.
    """

    model_uri: str
    model_config: dict[str, Any] | None = None
    batching: bool = True
    timeout_seconds: float = 60.0
    max_body_bytes: int = 64 * 2**20


def app(args: dict[str, Any]) -> Any:
    """Builds the application, for `serve run`, `serve deploy` and `ray.serve.run`.

    Args:
        args: Those of `Arguments`.

    Raises:
        InvalidParameter: They are none.
        MissingDependency: Ray Serve is not installed.
    """
    serve = optional("ray.serve", "An application of Ray Serve", "ray[serve]")
    try:
        given = msgspec.convert(args, Arguments)
    except msgspec.ValidationError as error:
        raise InvalidParameter(f"The args of the application are wrong: {error}.") from None

    def build() -> Any:
        # Called in each replica, and sent there by value.
        from kiseki.serving.ray_serve import Prefixed, application

        return Prefixed(application(given))

    return serve.deployment(serve.ingress(build)(), name=DEPLOYMENT).bind()


def application(given: Arguments) -> App:
    """The scoring server around the model, which is loaded here."""
    settings = ServingSettings(
        model=given.model_uri,
        batching=given.batching,
        timeout_seconds=given.timeout_seconds,
        max_body_bytes=given.max_body_bytes,
        model_config=given.model_config,
        # Ray's proxy is who calls; under which names it is reached is for it to say.
        allowed_hosts=("*",),
    )
    folder = str(local_model(given.model_uri))
    return create_app(settings, load(folder, given.model_uri, given.model_config))


class Prefixed:
    """An application below a path: Ray Serve leaves the route's prefix in the path of a request."""

    def __init__(self, inner: Callable[[dict[str, Any], Any, Any], Awaitable[None]]) -> None:
        self._inner = inner

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """One request, or the lifespan."""
        root, path = scope.get("root_path", ""), scope.get("path", "")
        if root and path.startswith(root):
            scope = {**scope, "path": path[len(root) :] or "/"}
        await self._inner(scope, receive, send)
