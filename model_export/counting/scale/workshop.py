"""An engine at work: a connection, a folder for what it writes, and what its dialect calls things."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import ibis
import pyarrow as pa
import pyarrow.parquet as pq

from consent_ledger.errors import Refused

MEMORY_BYTES = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Dialect:
    """Where engines differ beneath Ibis: what refers to a regular expression's group, and hex SHA-256."""

    reference: str
    digest: Callable[[Any], Any]


def _hexdigest(text: Any) -> Any:
    return text.hexdigest("sha256")


def _trino(name: str, takes: str, gives: str) -> Any:
    """A function of Trino's that Ibis has no word for."""

    def stands_for(value: Any) -> None:
        """Trino's own: Ibis writes `name` into the query, and nothing here is ever called."""

    return ibis.udf.scalar.builtin(stands_for, name=name, signature=((takes,), gives))


def _trino_hexdigest(text: Any) -> Any:
    data = _trino("to_utf8", "string", "binary")(text)
    return _trino("to_hex", "binary", "string")(_trino("sha256", "binary", "binary")(data))


DUCKDB = Dialect("\\", _hexdigest)
SPARK = Dialect("$", _hexdigest)
ATHENA = Dialect("$", _trino_hexdigest)


@dataclass(slots=True)
class Workshop:
    """Tables of one count, kept as Parquet files in a folder, and the engine that makes one from another."""

    connection: Any
    dialect: Dialect
    folder: Path

    def load(self, name: str, batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Any:
        """Write `batches` to a file, one held at a time, and name it as a table."""
        folder = self.folder / name
        folder.mkdir()
        with pq.ParquetWriter(folder / "0.parquet", schema) as writer:
            for batch in batches:
                writer.write_batch(batch)
        return self._table(name)

    def keep(self, name: str, expression: Any) -> Any:
        """Work an expression out now, and name what came of it as a table."""
        folder = self.folder / name
        with self._at_work():
            if self.dialect is SPARK:
                self.connection.to_parquet_dir(expression, folder)
            else:
                folder.mkdir()
                self.connection.to_parquet(expression, folder / "0.parquet")
        return self._table(name)

    def drop(self, name: str) -> None:
        """Remove a table that nothing needs any more."""
        shutil.rmtree(self.folder / name)

    def rows(self, expression: Any) -> Iterator[dict[str, list[Any]]]:
        """What an expression comes to, some thousands of rows at a time, as lists by column."""
        with self._at_work():
            batches = iter(self.connection.to_pyarrow_batches(expression, chunk_size=65_536))
        while True:
            with self._at_work():
                batch = next(batches, None)
            if batch is None:
                return
            yield cast("dict[str, list[Any]]", batch.to_pydict())

    def close(self) -> None:
        """End the engine's work; the tables are gone with the folder."""
        self.connection.disconnect()

    @contextmanager
    def _at_work(self) -> Iterator[None]:
        """Say that the engine failed and in what kind of way; never what it says, which may quote a line."""
        try:
            yield
        except Exception as error:
            kind = type(error).__name__
            if "memory" in kind.lower() or isinstance(error, OSError) or kind == "IOException":
                raise Refused(
                    "engine: out of memory, or of room for working files: allow more or name another folder"
                ) from error
            raise Refused(f"engine: the count failed ({kind})") from error

    def _table(self, name: str) -> Any:
        if self.dialect is SPARK:
            return self.connection.read_parquet(str(self.folder / name), table_name=name)
        return self.connection.read_parquet(str(self.folder / name / "*.parquet"), table_name=name)


def open_duckdb(folder: Path, *, memory_bytes: int = MEMORY_BYTES, disk_bytes: int | None = None) -> Workshop:
    """DuckDB in this process, holding at most `memory_bytes` of its own and the rest in `folder`.

    What it holds there beside its tables is at most `disk_bytes`, or what there is.
    """
    further = {} if disk_bytes is None else {"max_temp_directory_size": f"{disk_bytes // 1024}KiB"}
    connection = ibis.duckdb.connect(
        ":memory:",
        threads=os.cpu_count() or 1,
        memory_limit=f"{memory_bytes // 2**20}MiB",
        temp_directory=str(folder / "spilled"),
        preserve_insertion_order=False,
        **further,
    )
    return Workshop(connection, DUCKDB, folder)


def open_spark(folder: Path) -> Workshop:
    """Spark: the cluster that its own configuration names, or else this machine.

    Raises Refused where it is not installed or does not start.
    """
    try:
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise Refused("engine: pyspark is not installed beside this command") from error
    builder = SparkSession.builder.appName("nearside aggregate")
    for name, value in _SPARK.items():
        builder = builder.config(name, value)
    try:
        session = builder.getOrCreate()
        # Spark's log may quote what it works on.
        session.sparkContext.setLogLevel("OFF")
        if session.sparkContext.master.startswith("local"):
            session.conf.set("spark.sql.shuffle.partitions", str(session.sparkContext.defaultParallelism))
    except (PySparkException, OSError) as error:
        raise Refused("engine: spark does not start, it needs Java 17 or later") from error
    return Workshop(ibis.pyspark.connect(session), SPARK, folder)


_SPARK = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.ui.showConsoleProgress": "false",
}
