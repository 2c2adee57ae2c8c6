"""Tables of MiniStack as `nearside.local.ministack_state` sees them: its names, and one table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from nearside.local.journal import Journal, recover
from nearside.local.ministack_state import JournalledItems, Snapshots, read_first_segment

PLACE = ("000000000000", "eu-west-1", "t")


class Tables(dict[tuple[str, str, str], dict[str, Any]]):
    """Tables by account, region and name, as MiniStack keeps them."""

    def all_items(self) -> list[tuple[tuple[str, str, str], dict[str, Any]]]:
        return list(self.items())

    def get_scoped(self, account: str, region: str, name: str) -> dict[str, Any] | None:
        return self.get((account, region, name))

    def set_scoped(self, account: str, region: str, name: str, table: dict[str, Any]) -> None:
        self[account, region, name] = table


class Service:
    """A table service; a call's body says what it does: `[status, [[partition, item or null], ...]]`."""

    _INDEX_MEMBERS = "_index_members"

    def __init__(self) -> None:
        self._tables = Tables()

    async def handle_request(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, Any, Any]:
        if headers["x-amz-target"] == "CreateTable":
            self.make()
            return 200, {}, b""
        status, effects = json.loads(body)
        table = self._tables[PLACE]
        for partition, item in effects:
            if item is None:
                self._remove_item(table, partition, "-")
            else:
                self._set_item(table, partition, "-", item)
        return status, {}, b""

    def make(self) -> None:
        account, region, name = PLACE
        self._tables[PLACE] = {
            "TableArn": f"arn:aws:dynamodb:{region}:{account}:table/{name}",
            "items": {},
            "_index_members": object(),
        }

    def _set_item(self, table: dict[str, Any], partition: str, sort: str, item: Any) -> Any:
        before = table["items"].get(partition, {}).get(sort)
        table["items"].setdefault(partition, {})[sort] = item
        return before

    def _remove_item(self, table: dict[str, Any], partition: str, sort: str) -> Any:
        return table["items"].pop(partition, {}).get(sort)

    def get_state(self) -> dict[str, Any]:
        return {"tables": Tables(self._tables), "tags": {}}

    def rows(self) -> dict[str, Any]:
        return {partition: rows["-"] for partition, rows in self._tables[PLACE]["items"].items()}


class World:
    """A service, its journal and its snapshots in one folder; made again, it is what a start finds."""

    def __init__(self, folder: Path) -> None:
        services = folder / "services"
        services.mkdir(exist_ok=True)
        recovered = recover(folder / "journal", read_first_segment(services))
        self.journal = Journal(folder / "journal", recovered.next_segment)
        self.service = Service()
        self.snapshots = Snapshots(
            services,
            self.journal,
            states=lambda: {
                "dynamodb": self.items.state,
                "other": lambda: {"here": True},
                "none": lambda: None,
            },
            envelope=lambda name, payload: {"payload": payload},
            encode=lambda whole: json.dumps(keyed(whole)).encode(),
        )
        self.items = JournalledItems(self.service, self.journal, lambda: self.snapshots.save(["dynamodb"]))
        saved = services / "dynamodb.json"
        if saved.exists():
            for name, table in json.loads(saved.read_bytes())["payload"]["tables"].items():
                self.service._tables[tuple(name.split("/"))] = table
        self.items.replay(recovered)
        self.items.install()

    async def call(self, *effects: tuple[str, Any], status: int = 200, action: str = "PutItem") -> None:
        body = json.dumps([status, effects]).encode()
        await self.service.handle_request("POST", "/", {"x-amz-target": action}, body)


def keyed(whole: dict[str, Any]) -> dict[str, Any]:
    """The state with its tables' names as texts."""
    payload = whole["payload"]
    if "tables" not in payload:
        return whole
    tables = {"/".join(name): table for name, table in payload["tables"].items()}
    return {**whole, "payload": {**payload, "tables": tables}}
