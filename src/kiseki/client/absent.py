"""Which methods of MLflow's client kiseki does not have yet."""

from __future__ import annotations

from typing import Final

ABSENT_METHODS: Final = frozenset(
    """copy_model_version create_logged_model create_model_version create_prompt create_prompt_version
    create_registered_model create_webhook create_workspace delete_logged_model delete_logged_model_tag
    delete_model_version delete_model_version_tag delete_prompt delete_prompt_alias delete_prompt_tag
    delete_prompt_version delete_registered_model delete_registered_model_alias delete_registered_model_tag
    delete_trace_tag delete_traces delete_webhook delete_workspace end_span end_trace finalize_logged_model
    get_latest_versions get_logged_model get_model_version get_model_version_by_alias get_model_version_download_uri
    get_model_version_stages get_prompt get_prompt_version get_prompt_version_by_alias get_registered_model get_trace
    get_webhook get_workspace link_traces_to_run list_logged_model_artifacts list_webhooks list_workspaces load_prompt
    log_model_artifact log_model_artifacts log_model_params register_prompt rename_registered_model
    search_logged_models search_model_versions search_prompts search_registered_models search_traces
    set_logged_model_tags set_model_version_tag set_prompt_alias set_prompt_tag set_registered_model_alias
    set_registered_model_tag set_trace_tag start_span start_trace test_webhook transition_model_version_stage
    update_model_version update_registered_model update_webhook update_workspace""".split()
)
"""Using one raises an error that says so."""
