"""Decision tables: columns of conditions, rows of what each must be, and what the first match gives."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from consent_ledger import canonical
from consent_ledger.errors import Malformed
from consent_ledger.fields import Fields
from edge_client.wire.audience import NAME, read_texts

MOST_COLUMNS = 8
MOST_ROWS = 64


class Cell(StrEnum):
    """What a condition must be for a row to match: true, false, or either."""

    YES = "yes"
    NO = "no"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row: a cell for each column, and what it gives."""

    cells: tuple[Cell, ...]
    gives: str

    def matches(self, truths: tuple[bool, ...]) -> bool:
        """Say whether the row matches, given the truth of each column."""
        return all(
            cell is Cell.ANY or (cell is Cell.YES) == truth
            for cell, truth in zip(self.cells, truths, strict=True)
        )


@dataclass(frozen=True, slots=True)
class Table:
    """A decision table: the first matching row wins; where none does, it gives `otherwise`."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[TableRow, ...]
    otherwise: str

    @property
    def outcomes(self) -> frozenset[str]:
        """Everything that the table can give."""
        return frozenset({self.otherwise, *(row.gives for row in self.rows)})


def parse_table(fields: Fields, name: str) -> Table:
    """Read what a row of the definitions says of a table, its name apart. Raises `Malformed`."""
    columns = read_texts(fields, "columns", pattern=NAME, least=1)
    if len(columns) > MOST_COLUMNS:
        raise Malformed(f"rules: table {name}: more than {MOST_COLUMNS} columns")
    rows = tuple(_row(value, name, len(columns)) for value in fields.rows("rows", max_length=MOST_ROWS))
    return Table(name, columns, rows, fields.text("otherwise", pattern=NAME))


def print_table(table: Table) -> dict[str, canonical.Json]:
    """Print what `parse_table` reads, and the name."""
    rows: list[canonical.Json] = [
        {"cells": [cell.value for cell in row.cells], "gives": row.gives} for row in table.rows
    ]
    columns: list[canonical.Json] = list(table.columns)
    return {"name": table.name, "columns": columns, "rows": rows, "otherwise": table.otherwise}


def _row(value: canonical.Json, table: str, columns: int) -> TableRow:
    fields = Fields(value, f"rules: table {table}: row")
    texts = fields.rows("cells", max_length=MOST_COLUMNS)
    row = TableRow(
        tuple(Cell(text) for text in texts if isinstance(text, str) and text in list(Cell)),
        fields.text("gives", pattern=NAME),
    )
    fields.done()
    if len(texts) != columns or len(row.cells) != columns:
        raise Malformed(f"rules: table {table}: row: not one of yes, no and any for each column")
    return row
