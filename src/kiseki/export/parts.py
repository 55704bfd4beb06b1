"""Writing parts: some runs of one experiment, as one Parquet file for each table, with bounded memory."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

import msgspec

from kiseki.export.manifest import Part, new_name
from kiseki.export.place import Place
from kiseki.export.tables import RUN_TABLES, arrow, schema

_SMALL: Final = 4
"""A part with less than this part of both limits is written anew with what is new, so that there are few."""
_GROUP_ROWS: Final = 131_072
_GROUP_BYTES: Final = 16 * 2**20
"""Rows of a table are kept in memory until they are as many."""


class PartLimits(msgspec.Struct, frozen=True, kw_only=True):
    """A part that has as many points or runs is closed; one run is never divided, however long."""

    points: int = 4_000_000
    runs: int = 2_000

    def is_small(self, part: Part) -> bool:
        """Whether a part is worth being written anew with others."""
        return part.points * _SMALL < self.points and len(part.runs) * _SMALL < self.runs


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
    """The new parts of one experiment, one after the other. Nothing is published yet.

    Args:
        place: Where they are written.
        experiment_id: Of the experiment.
        limits: When a part is closed and the next one begun.
    """

    def __init__(self, place: Place, experiment_id: str, limits: PartLimits) -> None:
        self._place = place
        self._limits = limits
        self._experiment_id = experiment_id
        self._name = ""
        self._files: dict[str, _File] = {}
        self._runs: dict[str, str] = {}
        self._points = 0
        self.written: list[Part] = []
        """The parts that are complete."""

    def __bool__(self) -> bool:
        """Whether anything was written."""
        return bool(self.written or self._files)

    def begin_run(self, run_id: str, digest: str, tables: Mapping[str, Any]) -> None:
        """Adds a run with its rows of all tables but `histories`, which follow."""
        self._open()
        self._runs[run_id] = digest
        for table, rows in tables.items():
            self._files[table].add(rows)

    def add_points(self, rows: Any) -> None:
        """Adds points of the run that was begun last."""
        self._points += rows.num_rows
        self._files["histories"].add(rows)

    def end_run(self) -> None:
        """Ends a run: the part is closed if it is large enough."""
        if self._points >= self._limits.points or len(self._runs) >= self._limits.runs:
            self.close()

    def carry(self, part: Part, run_ids: Collection[str]) -> None:
        """Adds some runs of an older part from its files, without asking the server for them."""
        compute, parquet, pa = arrow("pyarrow.compute"), arrow("pyarrow.parquet"), arrow()
        self._open()
        self._runs |= {run_id: part.runs[run_id] for run_id in run_ids}
        wanted = pa.array(sorted(run_ids), pa.string())
        for table, path in part.files().items():
            with self._place.open(path) as file, parquet.ParquetFile(file) as old:
                for batch in old.iter_batches(_GROUP_ROWS):
                    rows = pa.Table.from_batches([batch.filter(compute.is_in(batch.column("run_id"), wanted))])
                    rows = rows.cast(schema(table))
                    self._files[table].add(rows)
                    if table == "histories":
                        self._points += rows.num_rows
        self.end_run()

    def close(self) -> None:
        """Completes the part that is being written, if there is one."""
        if not self._files:
            return
        for file in self._files.values():
            file.close()
        self.written.append(
            Part(name=self._name, experiment_id=self._experiment_id, runs=self._runs, points=self._points)
        )
        self._forget()

    def discard(self) -> None:
        """Removes everything that was written."""
        for file in self._files.values():
            file.abort()
        open_part = [Part(name=self._name, experiment_id=self._experiment_id, runs={}, points=0)] if self._files else []
        for part in (*self.written, *open_part):
            for path in part.files().values():
                self._place.remove(path)
        self.written.clear()
        self._forget()

    def _open(self) -> None:
        if self._files:
            return
        self._name = new_name()
        paths = Part(name=self._name, experiment_id=self._experiment_id, runs={}, points=0).files()
        self._files = {table: _File(self._place, paths[table], table) for table in RUN_TABLES}

    def _forget(self) -> None:
        self._files, self._runs, self._points = {}, {}, 0
