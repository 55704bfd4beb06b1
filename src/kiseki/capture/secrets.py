"""Texts as they may be recorded: without what looks secret, and as UTF-8 can have them.

An argument that is hidden cannot be given again. So a name has to say that a secret follows: `--hf-token` does, `--max-tokens`
and `--tokenizer` do not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from kiseki.base.uris import without_user

MASK: Final = "***"
"""What stands for a secret."""

_NAME: Final = re.compile(
    r"(.*_)?(passwords?|passwd|passphrase|pwd|secrets?|credentials?|token|auth|authorization|cookie"
    r"|(api|access|auth|secret|private|account|signing|encryption)_?key)",
    re.IGNORECASE,
)
_LOOK: Final = re.compile(
    r"gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{20,}|hf_[A-Za-z0-9]{20,}|\bsk-[\w-]{20,}|xox[abprs]-[\w-]{10,}"
    r"|AKIA[0-9A-Z]{16}|AIza[\w-]{35}|eyJ[\w-]+\.[\w-]+\.[\w-]+|(?i:\bbearer\s+[\w.~+/-]{16,})"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*"
)
_HARMLESS: Final = re.compile(r"[-+.\d]+(e[-+]?\d+)?|true|false|yes|no|none|null|<.*>|\[.*\]|", re.IGNORECASE)
"""Values that are no secret whatever their name is: numbers, and special tokens such as <pad>."""


def recordable(text: str) -> str:
    """The text without secrets that are known by their look, with escapes for bytes that are no UTF-8."""
    sound = text.encode("utf-8", "backslashreplace").decode()
    return _LOOK.sub(MASK, without_user(sound))


def recordable_value(name: str, value: str) -> str:
    """The value of something that has a name, hidden where the name says that it is secret."""
    plain = re.sub(r"[-.]", "_", name.lstrip("-"))
    return MASK if _NAME.fullmatch(plain) and not _HARMLESS.fullmatch(value) else recordable(value)


def recordable_arguments(arguments: Iterable[str]) -> Iterator[str]:
    """Arguments of a command, without the values of `--password x`, `--api-key=x` and `db.password=x`."""
    before = ""
    for argument in arguments:
        name, equals, value = argument.partition("=")
        if equals and re.fullmatch(r"[-+~]*[\w.\-]+", name):
            yield f"{recordable(name)}={recordable_value(name, value)}"
        elif before.startswith("-") and not argument.startswith("-"):
            yield recordable_value(before, argument)
        else:
            yield recordable(argument)
        before = argument
