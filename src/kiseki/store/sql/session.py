"""One transaction on a SQL database."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from kiseki.store.sql.audit import SqlAudit
from kiseki.store.sql.columns import SqlColumns
from kiseki.store.sql.database import Connection
from kiseki.store.sql.datasets import SqlDatasets
from kiseki.store.sql.experiments import SqlExperiments
from kiseki.store.sql.files import SqlFiles
from kiseki.store.sql.logged_models import SqlLoggedModels
from kiseki.store.sql.metrics import SqlMetrics
from kiseki.store.sql.model_versions import SqlModelVersions
from kiseki.store.sql.moves import SqlMoves
from kiseki.store.sql.registered_models import SqlRegisteredModels
from kiseki.store.sql.replies import SqlReplies
from kiseki.store.sql.rows import SqlRows
from kiseki.store.sql.runs import SqlRuns
from kiseki.store.sql.trash import SqlTrash
from kiseki.store.sql.views import SqlViews
from kiseki.store.sql.webhooks import SqlWebhooks


class SqlSession:
    """The nouns of the store over one connection, made when they are asked for."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    @cached_property
    def experiments(self) -> SqlExperiments:
        return SqlExperiments(self.connection)

    @cached_property
    def runs(self) -> SqlRuns:
        return SqlRuns(self.connection)

    @cached_property
    def metrics(self) -> SqlMetrics:
        return SqlMetrics(self.connection)

    @cached_property
    def datasets(self) -> SqlDatasets:
        return SqlDatasets(self.connection)

    @cached_property
    def logged_models(self) -> SqlLoggedModels:
        return SqlLoggedModels(self.connection)

    @cached_property
    def registered_models(self) -> SqlRegisteredModels:
        return SqlRegisteredModels(self.connection)

    @cached_property
    def model_versions(self) -> SqlModelVersions:
        return SqlModelVersions(self.connection)

    @cached_property
    def moves(self) -> SqlMoves:
        return SqlMoves(self.connection)

    @cached_property
    def webhooks(self) -> SqlWebhooks:
        return SqlWebhooks(self.connection)

    @cached_property
    def columns(self) -> SqlColumns:
        return SqlColumns(self.connection)

    @cached_property
    def views(self) -> SqlViews:
        return SqlViews(self.connection)

    @cached_property
    def files(self) -> SqlFiles:
        return SqlFiles(self.connection)

    @cached_property
    def replies(self) -> SqlReplies:
        return SqlReplies(self.connection)

    @cached_property
    def trash(self) -> SqlTrash:
        return SqlTrash(self.connection)

    @cached_property
    def rows(self) -> SqlRows:
        return SqlRows(self.connection)

    @cached_property
    def audit(self) -> SqlAudit:
        return SqlAudit(self.connection)

    def sign(self, payload: Sequence[Any]) -> str:
        return self.connection.database.sign(payload)

    def verify(self, token: str) -> list[Any]:
        return self.connection.database.verify(token)
