"""Texts as they may be recorded: without what looks secret, and as UTF-8 can have them.

An argument that is hidden cannot be given again. So a name has to say that a secret follows: `--hf-token` does, `--max-tokens`
and `--tokenizer` do not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from kiseki.base.uris import without_user

MASK: Final = "***"
"""What stands for a secret."""

_NAME: Final = re.compile(
    r"(.*_)?(pwd|secrets?|credentials?|token|auth|authorization|cookie"
    r"|(api|access|auth|secret|private|account|signing|encryption)_?key|(access|api|auth)token)"
    r"|.*(passwords?|passwd|passphrase)",
    re.IGNORECASE,
)
_LOOK: Final = re.compile(
    r"gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{20,}|hf_[A-Za-z0-9]{20,}|\bsk-[\w-]{20,}|xox[abprs]-[\w-]{10,}"
    r"|AKIA[0-9A-Z]{16}|AIza[\w-]{35}|eyJ[\w-]+\.[\w-]+\.[\w-]+|(?i:\bbearer\s+[\w.~+/-]{16,})"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*"
)
_SIGNATURE: Final = re.compile(r"(.*_)?(sig|signature)", re.IGNORECASE)
_PAIR: Final = re.compile(r"(?<=[?&;])([\w.\-]+)=([^\s?&;#'\"()]+)")
"""What an address and a connection string have behind `?`, `&` and `;`."""
_HARMLESS: Final = re.compile(r"[-+.\d]+(e[-+]?\d+)?|true|false|yes|no|none|null|<.*>|\[.*\]|", re.IGNORECASE)
"""Values that are no secret whatever their name is: numbers, and special tokens such as <pad>."""


def recordable(text: str) -> str:
    """The text without secrets that are known by their look, with escapes for bytes that are no UTF-8."""
    sound = text.encode("utf-8", "backslashreplace").decode()
    return _without_pairs(without_user(sound))


def recordable_address(address: str) -> str:
    """An address of a repository or package without secrets; the user of ssh is its way in, and stays."""
    sound = address.encode("utf-8", "backslashreplace").decode()
    try:
        parts = urlsplit(sound)
    except ValueError:
        # What git takes for an address need not be a URL.
        return recordable(address)
    if not parts.netloc:
        return _without_pairs(sound)
    user, at, host = parts.netloc.rpartition("@")
    kept = user.partition(":")[0] + at if "ssh" in parts.scheme else ""
    return _without_pairs(urlunsplit(parts._replace(netloc=kept + host)))


def recordable_value(name: str, value: str) -> str:
    """The value of something that has a name, hidden where the name says that it is secret."""
    return MASK if _NAME.fullmatch(_plain(name)) and not _HARMLESS.fullmatch(value) else recordable(value)


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


def _plain(name: str) -> str:
    """`--dbPassword` and `db.password` as `db_Password` and `db_password`."""
    return re.sub(r"[-.]|(?<=[a-z0-9])(?=[A-Z])", "_", name.lstrip("-"))


def _without_pairs(text: str) -> str:
    def shown(pair: re.Match[str]) -> str:
        is_secret = _NAME.fullmatch(_plain(pair[1])) or _SIGNATURE.fullmatch(_plain(pair[1]))
        return f"{pair[1]}={MASK}" if is_secret and not _HARMLESS.fullmatch(pair[2]) else pair[0]

    return _LOOK.sub(MASK, _PAIR.sub(shown, text))
