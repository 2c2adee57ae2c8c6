"""Which acts have been played to their end on a folder: a demo that was stopped goes on from there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from consent_ledger import canonical
from consent_ledger.errors import Malformed
from consent_ledger.fields import Fields
from consent_ledger.storage.whole_file import replace_file


@dataclass(frozen=True, slots=True)
class Acts:
    """The acts that are over, by name, each with the word that it left for those after it; kept in `file`."""

    file: Path

    def played(self) -> dict[str, str]:
        """Return the acts that are over. Raises `Malformed` when the file is damaged."""
        if not self.file.exists():
            return {}
        fields = Fields(canonical.decode(self.file.read_bytes()), "demo: acts.json")
        fields.whole("v", low=1, high=1)
        match fields.take("played"):
            case dict(words) if all(isinstance(word, str) for word in words.values()):
                fields.done()
                return {name: str(word) for name, word in words.items()}
            case _:
                raise Malformed("demo: acts.json: played are not texts by name")

    def once(self, name: str, act: Callable[[], str]) -> str:
        """Play an act unless it is over already; return its word, which is the same at every call.

        An act that is cut short is played again from its beginning.
        """
        played = self.played()
        if name in played:
            return played[name]
        word = act()
        # Read again: an act may be made of others.
        replace_file(self.file, canonical.encode({"v": 1, "played": {**self.played(), name: word}}))
        return word
