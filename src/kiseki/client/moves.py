"""The calls of the client that are about moves of aliases and stages, which only kiseki's servers keep."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from kiseki.base.errors import InvalidParameter
from kiseki.client.registry import RegistryBackend
from kiseki.client.values import integer, text
from kiseki.domain.model_versions import stage_named, version_number
from kiseki.domain.moves import MoveKind, MoveStatus
from kiseki.entities import PagedList
from kiseki.entities.moves import (
    Move,
    Rules,
    Verdict,
    move_from_domain,
    rules_from_domain,
    rules_to_domain,
    verdicts_to_domain,
)


class MoveCalls(ABC):
    """What `KisekiClient` can do with moves of aliases and stages."""

    @property
    @abstractmethod
    def registry(self) -> RegistryBackend:
        """The place where models are registered."""

    def ask_alias(
        self,
        name: str,
        alias: str,
        version: str | int | None,
        comment: str = "",
        reports: list[Verdict] | None = None,
    ) -> Move:
        """Lets an alias point to a version, or asks for it where the model wants somebody else's approval.

        Args:
            name: Of the registered model.
            alias: Which alias.
            version: The version; None deletes the alias.
            comment: Why.
            reports: What checks at your side have found.

        Returns:
            What became of it: `status` is "DONE", "WAITING" or "REFUSED".
        """
        number = None if version is None else version_number(version)
        found = self.registry.ask_alias(
            text("name", name), text("alias", alias), number, comment, verdicts_to_domain(reports)
        )
        return move_from_domain(found)

    def ask_stage(
        self,
        name: str,
        version: str | int,
        stage: str,
        archive_existing_versions: bool = False,
        comment: str = "",
        reports: list[Verdict] | None = None,
    ) -> Move:
        """Brings a version to a stage, or asks for it where the model wants somebody else's approval.

        Args:
            name: Of the registered model.
            version: Its number.
            stage: "None", "Staging", "Production" or "Archived", in any case.
            archive_existing_versions: Whether to archive the other versions of the stage.
            comment: Why.
            reports: What checks at your side have found.

        Returns:
            What became of it: `status` is "DONE", "WAITING" or "REFUSED".
        """
        found = self.registry.ask_stage(
            text("name", name),
            version_number(version),
            stage_named(text("stage", stage)),
            archive_existing_versions,
            comment,
            verdicts_to_domain(reports),
        )
        return move_from_domain(found)

    def list_moves(
        self,
        name: str,
        kind: str | None = None,
        target: str | None = None,
        status: str | None = None,
        max_results: int = 100,
        page_token: str | None = None,
    ) -> PagedList[Move]:
        """Returns one page of the moves of a model, the latest first: who moved what, when and why.

        Args:
            name: Of the registered model.
            kind: "alias" or "stage"; both when None.
            target: Only of this alias, or of this version.
            status: Only with this status.
            max_results: 1 to 1,000.
            page_token: Of the page before.
        """
        page = self.registry.list_moves(
            text("name", name),
            MoveKind(_checked("kind", kind.lower(), list(MoveKind))) if kind else None,
            target or "",
            MoveStatus(_checked("status", status.upper(), list(MoveStatus))) if status else None,
            integer("max_results", max_results),
            page_token or "",
        )
        return PagedList([move_from_domain(one) for one in page.items], page.next_page_token or None)

    def approve_move(self, name: str, number: int) -> Move:
        """Does a move that somebody else asked for, if its checks still hold, and returns what became of it.

        Raises:
            PermissionDenied: You asked for it yourself.
            Conflict: It does not wait any more.
        """
        return move_from_domain(self.registry.approve_move(text("name", name), integer("number", number)))

    def refuse_move(self, name: str, number: int) -> Move:
        """Ends a move that waits without doing it; your own is withdrawn."""
        return move_from_domain(self.registry.refuse_move(text("name", name), integer("number", number)))

    def roll_back_alias(self, name: str, alias: str, comment: str = "") -> Move:
        """Lets an alias go back to where it was before its last move.

        Raises:
            Conflict: It never moved, or the version is gone.
        """
        return move_from_domain(self.registry.roll_back(text("name", name), text("alias", alias), comment))

    def get_registry_rules(self, name: str) -> Rules:
        """Returns what a registered model asks for before something of it moves."""
        return rules_from_domain(self.registry.get_rules(text("name", name)))

    def set_registry_rules(self, name: str, rules: Rules) -> Rules:
        """Changes what a registered model asks for, and returns it."""
        return rules_from_domain(self.registry.set_rules(text("name", name), rules_to_domain(rules)))


def _checked(field: str, given: str, valid: Sequence[str]) -> str:
    if given not in valid:
        raise InvalidParameter(
            f"Invalid value {given[:64]!r} for parameter '{field}': it is one of {', '.join(valid)}."
        )
    return given
