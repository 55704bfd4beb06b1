"""Which methods of MLflow's client kiseki does not have yet."""

from __future__ import annotations

from typing import Final

ABSENT_METHODS: Final = frozenset(
    [
        "create_prompt",
        "create_prompt_version",
        "create_workspace",
        "delete_prompt",
        "delete_prompt_alias",
        "delete_prompt_tag",
        "delete_prompt_version",
        "delete_trace_tag",
        "delete_traces",
        "delete_workspace",
        "end_span",
        "end_trace",
        "get_prompt",
        "get_prompt_version",
        "get_prompt_version_by_alias",
        "get_trace",
        "get_workspace",
        "link_traces_to_run",
        "list_workspaces",
        "load_prompt",
        "register_prompt",
        "search_prompts",
        "search_traces",
        "set_prompt_alias",
        "set_prompt_tag",
        "set_trace_tag",
        "start_span",
        "start_trace",
        "update_workspace",
    ]
)
"""Using one raises an error that says so."""
