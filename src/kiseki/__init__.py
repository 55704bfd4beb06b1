"""kiseki: experiment tracking with MLflow's API.

    import kiseki

    kiseki.set_tracking_uri("http://localhost:5000")
    with kiseki.start_run():
        kiseki.log_param("depth", 3)
        kiseki.log_metric("loss", 0.25, step=1)

Every name is imported when it is first used, so that `import kiseki` costs a few milliseconds.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from kiseki.__about__ import __version__
from kiseki.base import aliases

if TYPE_CHECKING:
    from kiseki import artifacts, client, data, entities, exceptions, models, projects, pyfunc, tracking, types
    from kiseki.client.client import KisekiClient, MlflowClient
    from kiseki.client.images import Image
    from kiseki.client.operations import RunOperations, flush_artifact_async_logging, flush_async_logging
    from kiseki.client.resolve import (
        get_registry_uri,
        get_tracking_uri,
        is_tracking_uri_set,
        set_registry_uri,
        set_tracking_uri,
    )
    from kiseki.exceptions import KisekiError, MlflowException
    from kiseki.flavors import (
        catboost,
        h2o,
        keras,
        lightgbm,
        onnx,
        pmdarima,
        prophet,
        pytorch,
        sentence_transformers,
        shap,
        sklearn,
        spacy,
        statsmodels,
        tensorflow,
        transformers,
        xgboost,
    )
    from kiseki.fluent.artifacts import (
        get_artifact_uri,
        load_table,
        log_artifact,
        log_artifacts,
        log_dict,
        log_figure,
        log_image,
        log_stream,
        log_table,
        log_text,
    )
    from kiseki.fluent.datasets import log_input, log_inputs, log_outputs
    from kiseki.fluent.differences import diff
    from kiseki.fluent.experiments import (
        create_experiment,
        delete_experiment,
        delete_experiment_tag,
        get_experiment,
        get_experiment_by_name,
        restore_experiment,
        search_experiments,
        set_experiment,
        set_experiment_tag,
        set_experiment_tags,
    )
    from kiseki.fluent.logged_models import (
        ActiveModel,
        clear_active_model,
        create_external_model,
        delete_logged_model_tag,
        finalize_logged_model,
        get_active_model_id,
        get_logged_model,
        initialize_logged_model,
        last_logged_model,
        log_model_params,
        search_logged_models,
        set_active_model,
        set_logged_model_tags,
    )
    from kiseki.fluent.metrics import log_metric, log_metrics
    from kiseki.fluent.params import log_param, log_params
    from kiseki.fluent.registered_models import (
        register_model,
        search_model_versions,
        search_registered_models,
        set_model_version_tag,
    )
    from kiseki.fluent.runs import (
        ActiveRun,
        active_run,
        delete_run,
        end_run,
        get_parent_run,
        get_run,
        last_active_run,
        restore_run,
        search_runs,
        start_run,
    )
    from kiseki.fluent.tags import delete_tag, set_tag, set_tags
    from kiseki.projects.reproduction import reproduce
    from kiseki.projects.submission import run

__all__ = [
    "ActiveModel",
    "ActiveRun",
    "Image",
    "KisekiClient",
    "KisekiError",
    "MlflowClient",
    "MlflowException",
    "RunOperations",
    "__version__",
    "active_run",
    "artifacts",
    "catboost",
    "clear_active_model",
    "client",
    "create_experiment",
    "create_external_model",
    "data",
    "delete_experiment",
    "delete_experiment_tag",
    "delete_logged_model_tag",
    "delete_run",
    "delete_tag",
    "diff",
    "end_run",
    "entities",
    "exceptions",
    "finalize_logged_model",
    "flush_artifact_async_logging",
    "flush_async_logging",
    "get_active_model_id",
    "get_artifact_uri",
    "get_experiment",
    "get_experiment_by_name",
    "get_logged_model",
    "get_parent_run",
    "get_registry_uri",
    "get_run",
    "get_tracking_uri",
    "h2o",
    "initialize_logged_model",
    "is_tracking_uri_set",
    "keras",
    "last_active_run",
    "last_logged_model",
    "lightgbm",
    "load_table",
    "log_artifact",
    "log_artifacts",
    "log_dict",
    "log_figure",
    "log_image",
    "log_input",
    "log_inputs",
    "log_metric",
    "log_metrics",
    "log_model_params",
    "log_outputs",
    "log_param",
    "log_params",
    "log_stream",
    "log_table",
    "log_text",
    "models",
    "onnx",
    "pmdarima",
    "projects",
    "prophet",
    "pyfunc",
    "pytorch",
    "register_model",
    "reproduce",
    "restore_experiment",
    "restore_run",
    "run",
    "search_experiments",
    "search_logged_models",
    "search_model_versions",
    "search_registered_models",
    "search_runs",
    "sentence_transformers",
    "set_active_model",
    "set_experiment",
    "set_experiment_tag",
    "set_experiment_tags",
    "set_logged_model_tags",
    "set_model_version_tag",
    "set_registry_uri",
    "set_tag",
    "set_tags",
    "set_tracking_uri",
    "shap",
    "sklearn",
    "spacy",
    "start_run",
    "statsmodels",
    "tensorflow",
    "tracking",
    "transformers",
    "types",
    "xgboost",
]

_MODULES: Final = frozenset(
    {"artifacts", "client", "data", "entities", "exceptions", "models", "projects", "pyfunc", "tracking", "types"}
)

_FLAVORS: Final = frozenset(
    [
        "catboost",
        "h2o",
        "keras",
        "lightgbm",
        "onnx",
        "pmdarima",
        "prophet",
        "pytorch",
        "sentence_transformers",
        "shap",
        "sklearn",
        "spacy",
        "statsmodels",
        "tensorflow",
        "transformers",
        "xgboost",
    ]
)
"""Modules of kiseki.flavors, which MLflow has right below its top."""

_HOMES: Final = {
    "client.client": "KisekiClient MlflowClient",
    "client.images": "Image",
    "client.operations": "RunOperations flush_artifact_async_logging flush_async_logging",
    "client.resolve": "get_registry_uri get_tracking_uri is_tracking_uri_set set_registry_uri set_tracking_uri",
    "exceptions": "KisekiError MlflowException",
    "fluent.artifacts": "get_artifact_uri load_table log_artifact log_artifacts log_dict log_figure log_image log_stream "
    "log_table log_text",
    "fluent.datasets": "log_input log_inputs log_outputs",
    "fluent.differences": "diff",
    "fluent.experiments": "create_experiment delete_experiment delete_experiment_tag get_experiment "
    "get_experiment_by_name restore_experiment search_experiments set_experiment set_experiment_tag set_experiment_tags",
    "fluent.logged_models": "ActiveModel clear_active_model create_external_model delete_logged_model_tag "
    "finalize_logged_model get_active_model_id get_logged_model initialize_logged_model last_logged_model log_model_params "
    "search_logged_models set_active_model set_logged_model_tags",
    "fluent.metrics": "log_metric log_metrics",
    "fluent.params": "log_param log_params",
    "fluent.registered_models": "register_model search_model_versions search_registered_models set_model_version_tag",
    "fluent.runs": "ActiveRun active_run delete_run end_run get_parent_run get_run last_active_run restore_run "
    "search_runs start_run",
    "fluent.tags": "delete_tag set_tag set_tags",
    "projects.reproduction": "reproduce",
    "projects.submission": "run",
}
"""In which module of kiseki each name is."""

_HOME_OF: Final = {name: home for home, names in _HOMES.items() for name in names.split()}

_ABSENT: Final = frozenset(
    [
        "ag2",
        "agno",
        "anthropic",
        "add_trace",
        "autogen",
        "autolog",
        "azure",
        "bedrock",
        "config",
        "create_workspace",
        "crewai",
        "delete_assessment",
        "delete_prompt_alias",
        "delete_trace_tag",
        "delete_workspace",
        "deployments",
        "diffusers",
        "disable_system_metrics_logging",
        "doctor",
        "dspy",
        "enable_system_metrics_logging",
        "evaluate",
        "evaluation",
        "flush_trace_async_logging",
        "gateway",
        "gemini",
        "genai",
        "get_active_trace_id",
        "get_assessment",
        "get_current_active_span",
        "get_last_active_trace_id",
        "get_trace",
        "get_workspace",
        "groq",
        "haystack",
        "import_checkpoints",
        "johnsnowlabs",
        "langchain",
        "list_workspaces",
        "litellm",
        "llama_index",
        "load_prompt",
        "log_assessment",
        "log_expectation",
        "log_feedback",
        "log_issue",
        "log_trace",
        "login",
        "metrics",
        "mistral",
        "openai",
        "override_feedback",
        "paddle",
        "prompt",
        "pydantic_ai",
        "pyspark",
        "register_prompt",
        "rfunc",
        "search_prompts",
        "search_sessions",
        "search_traces",
        "semantic_kernel",
        "set_prompt_alias",
        "set_system_metrics_node_id",
        "set_system_metrics_samples_before_logging",
        "set_system_metrics_sampling_interval",
        "set_trace_tag",
        "set_workspace",
        "smolagents",
        "spark",
        "start_span",
        "start_span_no_context",
        "strands",
        "system_metrics",
        "trace",
        "tracing",
        "txtai",
        "update_assessment",
        "update_current_trace",
        "update_workspace",
        "validate_evaluation_results",
    ]
)
"""What MLflow has under these names and kiseki does not have yet; using one raises an error that says so."""


def __getattr__(name: str) -> Any:
    if name in _HOME_OF:
        found = getattr(import_module(f"kiseki.{_HOME_OF[name]}"), name)
    elif name in _MODULES:
        found = import_module(f"kiseki.{name}")
    elif name in _FLAVORS:
        found = import_module(f"kiseki.flavors.{name}")
    elif name in _ABSENT:
        from kiseki.base.absent import Absent

        return Absent(name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # Found once, it is an attribute like any other.
    globals()[name] = found
    return found


def _flavor(module: str) -> str | None:
    package, _, name = module.rpartition(".")
    return f"kiseki.flavors.{name}" if package == "kiseki" and name in _FLAVORS else None


# `import kiseki.sklearn` as a statement.
aliases.install(_flavor)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
