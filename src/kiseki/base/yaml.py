"""YAML from anywhere, read without tags, bombs and depth, and YAML as kiseki writes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import yaml

from kiseki.base.errors import InvalidParameter

MAX_BYTES: Final = 16 << 20
MAX_NODES: Final = 500_000
"""Values that a document may have with every alias written out."""

MAX_DEPTH: Final = 64

_Loader: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BaseDumper: Final[Any] = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class _Dumper(_BaseDumper):  # type: ignore[misc]  # which class it is depends on how PyYAML was built
    """Writes a value that occurs twice twice, since readers of other languages know no aliases."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def parse_yaml(data: bytes | str, name: str) -> Any:
    """The document as dictionaries, lists, texts, numbers, booleans, dates and None.

    Args:
        data: UTF-8, at most 16 MiB.
        name: What it is, for messages, such as the file's name.

    Raises:
        InvalidParameter: It is no YAML, is larger or deeper than any such file is, becomes large by its aliases, or asks
            by a tag for an object of a program.
    """
    if len(data) > MAX_BYTES:
        raise InvalidParameter(f"{name} is larger than {MAX_BYTES:,} bytes, and at most so many are read.")
    try:
        _check(data, name)
        return yaml.load(data, Loader=_Loader)  # noqa: S506 - a safe loader: no tag makes an object
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, TypeError) as error:
        raise InvalidParameter(f"{name} is not YAML that can be read: {error}") from error


def read_yaml(path: Path, name: str) -> Any:
    """The document in a file; as `parse_yaml`, and a file that is too large is not read."""
    with path.open("rb") as file:
        return parse_yaml(file.read(MAX_BYTES + 1), name)


def format_yaml(value: Any, name: str) -> bytes:
    """A value as YAML in UTF-8, keys in alphabetical order.

    Raises:
        InvalidParameter: Something in it is of a type that YAML does not have.
    """
    try:
        text: str = yaml.dump(value, Dumper=_Dumper, default_flow_style=False, allow_unicode=True, sort_keys=True)
    except (yaml.YAMLError, RecursionError, TypeError) as error:
        raise InvalidParameter(
            f"{name} cannot be written as YAML: {error}. Use dictionaries, lists, texts, numbers, booleans and None."
        ) from error
    return text.encode()


def _check(data: bytes | str, name: str) -> None:
    """Reads the events of the document, which needs neither depth nor memory, before any object is made of them."""
    anchored: dict[str, int] = {}
    # For each open collection its anchor and the number of values so far.
    opened: list[tuple[str | None, int]] = []
    total = 0
    for event in yaml.parse(data, Loader=_Loader):
        size = 0
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in anchored:
                raise InvalidParameter(f"{name} has the alias *{event.anchor} of something that is not complete.")
            size = anchored[event.anchor]
        elif isinstance(event, yaml.ScalarEvent):
            _check_tag(event.tag, name)
            size = 1
            if event.anchor is not None:
                anchored[event.anchor] = 1
        elif isinstance(event, yaml.CollectionStartEvent):
            _check_tag(event.tag, name)
            if len(opened) >= MAX_DEPTH:
                raise InvalidParameter(f"{name} is nested more than {MAX_DEPTH} levels deep.")
            opened.append((event.anchor, total))
            size = 1
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = opened.pop()
            if anchor is not None:
                anchored[anchor] = total - before
        total += size
        if total > MAX_NODES:
            raise InvalidParameter(f"{name} has more than {MAX_NODES:,} values, aliases written out.")


def _check_tag(tag: str | None, name: str) -> None:
    if tag is not None and tag != "!" and not tag.startswith("tag:yaml.org,2002:"):
        raise InvalidParameter(f"{name} has the tag {tag[:100]!r}. Tags that make objects of a program are not read.")
    if tag is not None and tag.startswith("tag:yaml.org,2002:python"):
        raise InvalidParameter(f"{name} has the tag {tag[:100]!r}. Tags that make objects of a program are not read.")
