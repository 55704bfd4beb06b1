"""A run of a project that was handed to a backend."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator


class SubmittedRun(ABC):
    """A run of a project, wherever it is executed. Safe for use by several threads."""

    @property
    @abstractmethod
    def run_id(self) -> str:
        """The id of the run that records it."""

    @abstractmethod
    def wait(self) -> bool:
        """Waits until it has ended, and returns whether its command succeeded.

        Raises:
            KisekiError: The command could not be started; the message says why.
        """

    @abstractmethod
    def get_status(self) -> str:
        """`RUNNING`, `SCHEDULED`, `FINISHED`, `FAILED` or `KILLED`; does not wait."""

    @abstractmethod
    def cancel(self) -> None:
        """Ends the command and all that it started, and waits until they are gone; does nothing when it has ended."""

    def logs(self, follow: bool = False) -> Iterator[str]:
        """The lines that the command wrote so far, without the character that ends each.

        A backend that does not know them has none.

        Args:
            follow: Whether to go on until the command ends.
        """
        del follow
        return iter(())


def lines_of(blocks: Iterable[bytes]) -> Iterator[str]:
    """The lines of what comes in blocks, each as soon as it is whole, without the character that ends it."""
    # Joined once, since a line may be as long as all blocks.
    parts: list[bytes] = []
    for block in blocks:
        end, *others = block.split(b"\n")
        parts.append(end)
        for other in others:
            yield b"".join(parts).decode(errors="replace")
            parts = [other]
    if line := b"".join(parts):
        yield line.decode(errors="replace")
