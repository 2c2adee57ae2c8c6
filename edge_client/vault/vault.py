"""What is kept of forms: the last answer of each form to each question, where from, and until when."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from consent_ledger import canonical
from consent_ledger.canonical import Json
from consent_ledger.errors import Malformed
from consent_ledger.fields import Fields
from edge_client.vault.tokens import is_own, key_of, may_be_card, own_key
from edge_client.wire.condition import ID, read_day

KEPT_DAYS: Final = 400
"""A year, and weeks in which somebody is late: what is renewed yearly finds the answers of the last time."""
MAX_VAULT_BYTES: Final = 256 * 1024
MOST_ENTRIES: Final = 400
LONGEST_VALUE: Final = 500
LONGEST_TITLE: Final = 200
_SAYS: Final = re.compile(r"[^\x00-\x20]")


@dataclass(frozen=True, slots=True)
class Entry:
    """One answer: its key, the form that it was given in and what that is called, the answer, and the day."""

    key: str
    form: str
    title: str
    value: str
    on: date

    @property
    def until(self) -> date:
        """The last day on which it may be used."""
        return self.on + timedelta(days=KEPT_DAYS)


@dataclass(frozen=True, slots=True)
class Vault:
    """All that is kept, by key and form, without doubles."""

    entries: tuple[Entry, ...] = ()

    @classmethod
    def from_bytes(cls, raw: bytes) -> Vault:
        """Read what `to_bytes` printed. Raises `Malformed`."""
        fields = Fields(canonical.decode(raw, max_bytes=MAX_VAULT_BYTES), "vault")
        fields.whole("v", low=1, high=1)
        vault = cls(tuple(_entry(row) for row in fields.rows("entries", max_length=MOST_ENTRIES)))
        fields.done()
        places = [(entry.key, entry.form) for entry in vault.entries]
        if places != sorted(set(places)):
            raise Malformed("vault: entries are not sorted without doubles")
        return vault

    def to_bytes(self) -> bytes:
        """Print canonical JSON."""
        rows: list[Json] = [
            {
                "key": entry.key,
                "form": entry.form,
                "title": entry.title,
                "value": entry.value,
                "on": entry.on.isoformat(),
            }
            for entry in self.entries
        ]
        return canonical.encode({"v": 1, "entries": rows})


def keep(vault: Vault, form: str, title: str, *, answers: Mapping[str, str], today: date) -> Vault:
    """Return the vault with a form's answers, by key, in place of those that it had of this form.

    Left out: what is empty or longer than 500 characters, and what could be a card's number. Where there is
    no more room the oldest go.
    """
    kept = {(entry.key, entry.form): entry for entry in vault.entries if entry.form != form}
    for key, value in answers.items():
        if _may_keep(key, value):
            kept[key, form] = Entry(key, form, title[:LONGEST_TITLE], value, today)
    newest = sorted(kept.values(), key=lambda entry: (-entry.on.toordinal(), entry.key, entry.form))
    return Vault(tuple(sorted(newest[:MOST_ENTRIES], key=lambda entry: (entry.key, entry.form))))


def offers(vault: Vault, form: str, keys: Iterable[str], *, today: date) -> tuple[Entry, ...]:
    """Return an answer for each of the keys that has one: this form's own, or else the newest of another.

    An agency's own key has none from other forms. What is over, or from a day that is still to come, is none.
    """
    usable = [entry for entry in vault.entries if entry.on <= today <= entry.until]
    found: list[Entry] = []
    for key in dict.fromkeys(keys):
        mine = [entry for entry in usable if entry.key == key and (entry.form == form or not is_own(key))]
        if mine:
            found.append(max(mine, key=lambda entry: (entry.form == form, entry.on, entry.form)))
    return tuple(found)


def without(vault: Vault, form: str) -> Vault:
    """Return the vault without what was kept of a form."""
    return Vault(tuple(entry for entry in vault.entries if entry.form != form))


def current(vault: Vault, *, today: date) -> Vault:
    """Return the vault without what is over."""
    return Vault(tuple(entry for entry in vault.entries if today <= entry.until))


def _may_keep(key: str, value: str) -> bool:
    phone = key.split(" ")[-1].startswith("tel")
    says = len(value) <= LONGEST_VALUE and _SAYS.search(value) is not None
    return says and (phone or not may_be_card(value))


def _entry(value: Json) -> Entry:
    fields = Fields(value, "vault: entry")
    entry = Entry(
        key=fields.text("key"),
        form=fields.text("form", pattern=ID),
        title=fields.text("title", max_length=LONGEST_TITLE),
        value=fields.text("value", max_length=LONGEST_VALUE),
        on=read_day(fields.text("on"), "vault: entry"),
    )
    fields.done()
    if (own_key(entry.key[1:]) if is_own(entry.key) else key_of(entry.key)) != entry.key:
        raise Malformed("vault: entry: a key that nothing may be kept under")
    if not date(2000, 1, 1) <= entry.on <= date(2999, 12, 31):
        raise Malformed("vault: entry: on is out of range")
    return entry
