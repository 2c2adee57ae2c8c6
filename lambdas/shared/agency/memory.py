"""The reference: rows of agencies in memory, one lock around each act."""

from __future__ import annotations

from threading import Lock

from lambdas.shared.agency.rows import AgencyId, Place, Row, Write, check_writes


class MemoryRows:
    """`AgencyRows` that end with their process."""

    def __init__(self) -> None:
        self._rows: dict[tuple[AgencyId, Place], dict[str, Row]] = {}
        self._lock = Lock()

    def read(self, agency: AgencyId, place: Place, name: str) -> Row | None:
        """See `AgencyRows.read`."""
        with self._lock:
            return self._rows.get((agency, place), {}).get(name)

    def page(self, agency: AgencyId, place: Place, *, after: str, limit: int) -> tuple[Row, ...]:
        """See `AgencyRows.page`."""
        with self._lock:
            rows = self._rows.get((agency, place), {})
            return tuple(rows[name] for name in sorted(rows) if name > after)[:limit]

    def page_back(self, agency: AgencyId, place: Place, *, before: str | None, limit: int) -> tuple[Row, ...]:
        """See `AgencyRows.page_back`."""
        with self._lock:
            rows = self._rows.get((agency, place), {})
            names = sorted((name for name in rows if before is None or name < before), reverse=True)
            return tuple(rows[name] for name in names[:limit])

    def last(self, agency: AgencyId, place: Place) -> Row | None:
        """See `AgencyRows.last`."""
        with self._lock:
            rows = self._rows.get((agency, place), {})
            return rows[max(rows)] if rows else None

    def write(self, agency: AgencyId, *writes: Write) -> bool:
        """See `AgencyRows.write`."""
        check_writes(writes)
        with self._lock:
            for each in writes:
                row = self._rows.get((agency, each.place), {}).get(each.name)
                if (row.revision if row else 0) != each.after:
                    return False
            for each in writes:
                made = Row(each.name, each.after + 1, each.body, each.expires_at)
                self._rows.setdefault((agency, each.place), {})[each.name] = made
        return True
