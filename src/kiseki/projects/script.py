"""Metadata that a script has in its comments: https://peps.python.org/pep-0723/."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, Final

from kiseki.base.errors import ExecutionFailed

# As the specification has it.
_BLOCK: Final = re.compile(r"(?m)^# /// (?P<type>[a-zA-Z0-9-]+)$\s(?P<content>(^#(| .*)$\s)+)^# ///$")
_MAX_BYTES: Final = 1 << 20


def script_metadata(script: Path) -> dict[str, Any] | None:
    """What the block `script` of a script says, as TOML has it; None when it has none.

    Raises:
        ExecutionFailed: There are several such blocks, or the block is no TOML.
    """
    with script.open("rb") as file:
        text = file.read(_MAX_BYTES).decode(errors="replace").replace("\r\n", "\n")
    found = [match for match in _BLOCK.finditer(text) if match["type"] == "script"]
    if not found:
        return None
    if len(found) > 1:
        raise ExecutionFailed(f"{script.name} has {len(found)} blocks '# /// script'; leave one.")
    lines = [line[2:] if line.startswith("# ") else line[1:] for line in found[0]["content"].splitlines()]
    try:
        return tomllib.loads("\n".join(lines))
    except tomllib.TOMLDecodeError as error:
        raise ExecutionFailed(f"The block '# /// script' of {script.name} is no TOML: {error}.") from None
