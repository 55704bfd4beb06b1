"""Writing parts: some runs or logged models of one experiment, as one Parquet file for each table, with bounded memory."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

import msgspec

from kiseki.data.place import Place
from kiseki.export.manifest import Part, new_name
from kiseki.export.tables import KINDS, arrow, schema

_SMALL: Final = 4
"""A part with less than this part of both limits is written anew with what is new, so that there are few."""
_GROUP_ROWS: Final = 131_072
_GROUP_BYTES: Final = 16 * 2**20
"""Rows of a table are kept in memory until they are as many."""


class PartLimits(msgspec.Struct, frozen=True, kw_only=True):
    """A part that has as many points or runs is closed; one run is never divided, however long. Logged models count as runs."""

    points: int = 4_000_000
    runs: int = 2_000

    def is_small(self, part: Part) -> bool:
        """Whether a part is worth being written anew with others."""
        return part.points * _SMALL < self.points and len(part.digests) * _SMALL < self.runs


DEFAULT_LIMITS: Final = PartLimits()


class _File:
    """One table of the part that is being written."""

    def __init__(self, place: Place, path: str, table: str) -> None:
        self._pending: list[Any] = []
        self._rows = self._bytes = 0
        self._schema = schema(table)
        self._stream = place.create(path)
        self._writer = arrow("pyarrow.parquet").ParquetWriter(self._stream, self._schema, compression="zstd")

    def add(self, rows: Any) -> None:
        """Adds rows, an Arrow table."""
        if not rows.num_rows:
            return
        self._pending.append(rows)
        self._rows += rows.num_rows
        self._bytes += rows.nbytes
        if self._rows >= _GROUP_ROWS or self._bytes >= _GROUP_BYTES:
            self._flush()

    def close(self) -> None:
        self._flush()
        self._writer.close()
        self._stream.close()

    def abort(self) -> None:
        """Lets go of the file; what it has is of no use."""
        self._writer.close()
        self._stream.close()

    def _flush(self) -> None:
        if self._pending:
            self._writer.write_table(arrow().concat_tables(self._pending))
            self._pending.clear()
            self._rows = self._bytes = 0


class Parts:
    """The new parts of one experiment and kind, one after the other. Nothing is published yet.

    Args:
        place: Where they are written.
        experiment_id: Of the experiment.
        kind: One of `tables.KINDS`.
        limits: When a part is closed and the next one begun.
    """

    def __init__(self, place: Place, experiment_id: str, kind: str, limits: PartLimits) -> None:
        self._place = place
        self._limits = limits
        self._experiment_id = experiment_id
        self._kind = kind
        self._points_in = KINDS[kind].points
        self._name = ""
        self._files: dict[str, _File] = {}
        self._digests: dict[str, str] = {}
        self._points = 0
        self.written: list[Part] = []
        """The parts that are complete."""

    def __bool__(self) -> bool:
        """Whether anything was written."""
        return bool(self.written or self._files)

    def begin(self, id_: str, digest: str, tables: Mapping[str, Any]) -> None:
        """Adds a run or a model with its rows; more points may follow."""
        self._open()
        self._digests[id_] = digest
        for table, rows in tables.items():
            self._add(table, rows)

    def add_points(self, rows: Any) -> None:
        """Adds points of the run that was begun last."""
        self._add(self._points_in, rows)

    def end(self) -> None:
        """Ends what was begun: the part is closed if it is large enough."""
        if self._points >= self._limits.points or len(self._digests) >= self._limits.runs:
            self.close()

    def carry(self, part: Part, ids: Collection[str]) -> None:
        """Adds some of an older part from its files, without asking the server for them."""
        compute, parquet, pa = arrow("pyarrow.compute"), arrow("pyarrow.parquet"), arrow()
        self._open()
        self._digests |= {id_: part.digests[id_] for id_ in ids}
        wanted = pa.array(sorted(ids), pa.string())
        column = KINDS[self._kind].id
        for table, path in part.files().items():
            with self._place.open(path) as file, parquet.ParquetFile(file) as old:
                for batch in old.iter_batches(_GROUP_ROWS):
                    rows = pa.Table.from_batches([batch.filter(compute.is_in(batch.column(column), wanted))])
                    self._add(table, rows.cast(schema(table)))
        self.end()

    def close(self) -> None:
        """Completes the part that is being written, if there is one."""
        if not self._files:
            return
        for file in self._files.values():
            file.close()
        self.written.append(self._part())
        self._forget()

    def discard(self) -> None:
        """Removes everything that was written."""
        for file in self._files.values():
            file.abort()
        open_part = [self._part()] if self._files else []
        for part in (*self.written, *open_part):
            for path in part.files().values():
                self._place.remove(path)
        self.written.clear()
        self._forget()

    def _open(self) -> None:
        if self._files:
            return
        self._name = new_name()
        self._files = {table: _File(self._place, path, table) for table, path in self._part().files().items()}

    def _add(self, table: str, rows: Any) -> None:
        self._files[table].add(rows)
        if table == self._points_in:
            self._points += rows.num_rows

    def _part(self) -> Part:
        """The part that is being written, as far as it is."""
        return Part(
            name=self._name,
            experiment_id=self._experiment_id,
            kind=self._kind,
            digests=self._digests,
            points=self._points,
        )

    def _forget(self) -> None:
        self._files, self._digests, self._points = {}, {}, 0
