"""The signals that this device keeps, and what it may notice at all. They never leave the device."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from consent_ledger import canonical
from consent_ledger.errors import Malformed
from consent_ledger.fields import Fields
from edge_client.signals.signal import Signal, Switch
from edge_client.wire.audience import MOST_DAYS
from edge_client.wire.noticed import SignalKind

MOST_SIGNALS = 300


@dataclass(frozen=True, slots=True)
class KeptSignals:
    """Signals, in the order in which they came, what the citizen switched off, and for how many days at most
    they let each kind be kept (`most_days`), where that is less than the rules would keep it."""

    rows: tuple[Signal, ...] = ()
    off: frozenset[Switch] = frozenset()
    most_days: Mapping[Switch, int] = field(default_factory=dict)

    def with_signal(self, signal: Signal) -> KeptSignals:
        """Return it with a signal more; one that was told before counts once, with its longest reading."""
        same = [each for each in self.rows if _key(each) == _key(signal)]
        if not same:
            return replace(self, rows=(*self.rows, signal)[-MOST_SIGNALS:])
        if signal.bucket <= same[0].bucket:
            return self
        longer = replace(same[0], bucket=signal.bucket)
        return replace(self, rows=tuple(longer if each is same[0] else each for each in self.rows))

    def only(self, wanted: Callable[[Signal], bool]) -> KeptSignals:
        """Return it with the signals that are still wanted; itself where nothing goes."""
        left = tuple(each for each in self.rows if wanted(each))
        return self if len(left) == len(self.rows) else replace(self, rows=left)

    def says_more(self, before: KeptSignals, page: str | None) -> bool:
        """Say whether a page is marked by something here by which it was not before."""
        new = set(self.rows) - set(before.rows)
        return any(each.kind is SignalKind.MARKED and each.about == page for each in new)

    def switched(self, switch: Switch, *, on: bool) -> KeptSignals:
        """Return it with one kind switched on, or off: what was noticed of that kind goes at once."""
        off = self.off - {switch} if on else self.off | {switch}
        return replace(self, off=off).only(lambda signal: signal.switch not in off)

    def kept_for(self, switch: Switch, days: int | None) -> KeptSignals:
        """Return it with one kind kept for so many days at most, or for as long as the rules keep it."""
        others = {each: kept for each, kept in self.most_days.items() if each is not switch}
        return replace(self, most_days=others if days is None else {**others, switch: days})

    def to_bytes(self) -> bytes:
        """Print canonical JSON, as kept in the browser's own storage."""
        rows: list[canonical.Json] = [signal.to_value() for signal in self.rows]
        off: list[canonical.Json] = [switch.value for switch in sorted(self.off)]
        # What is empty is not written: what an earlier version kept reads the same.
        days: dict[str, canonical.Json] = {switch.value: kept for switch, kept in self.most_days.items()}
        more: dict[str, canonical.Json] = {"most_days": days} if days else {}
        return canonical.encode({**more, "v": 1, "off": off, "rows": rows})

    @classmethod
    def from_bytes(cls, raw: bytes) -> KeptSignals:
        """Read what `to_bytes` printed. Raises `Malformed` on anything else."""
        fields = Fields({"most_days": {}, **canonical.decode_object(raw)}, "signals")
        fields.whole("v", low=1, high=1)
        rows = tuple(Signal.from_value(row) for row in fields.rows("rows", max_length=MOST_SIGNALS))
        off = fields.rows("off", max_length=len(Switch))
        days = fields.take("most_days")
        fields.done()
        if not isinstance(days, dict) or any(name not in list(Switch) for name in days):
            raise Malformed("signals: most_days names what nobody can switch")
        kept = Fields(days, "signals: most_days")
        if any(name not in list(Switch) for name in off) or len(set(map(str, off))) != len(off):
            raise Malformed("signals: off names what nobody can switch")
        most_days = {Switch(name): kept.whole(name, low=1, high=MOST_DAYS) for name in days}
        return cls(rows, frozenset(Switch(str(name)) for name in off), most_days)


def _key(signal: Signal) -> tuple[str, str, int, str]:
    # A page that is opened again, or read by a script that marks it anew, says the same once more.
    once = signal.session if signal.kind is SignalKind.MARKED else signal.at_ms
    return signal.kind, signal.about, once, signal.mark
