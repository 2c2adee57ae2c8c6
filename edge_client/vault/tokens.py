"""Which fields of a form may be kept, by what they say of themselves (HTML, 4.10.18.7, "Autofill")."""

from __future__ import annotations

import re
from typing import Final

ALLOWED: Final = frozenset(
    {
        "name", "honorific-prefix", "given-name", "additional-name", "family-name", "honorific-suffix",
        "nickname", "organization", "organization-title", "street-address", "address-line1", "address-line2",
        "address-line3", "address-level4", "address-level3", "address-level2", "address-level1", "country",
        "country-name", "postal-code", "language",
    }
)  # fmt: skip
"""What forms ask again and again. All else is left out on purpose: passwords, codes, cards and payments; and
birthday and sex, which with name and address would be somebody's whole identity in one place."""

REACHED: Final = frozenset(
    {
        "email", "tel", "tel-country-code", "tel-national", "tel-area-code", "tel-local", "tel-local-prefix",
        "tel-local-suffix", "tel-extension",
    }
)  # fmt: skip
"""Allowed too, and may say by which of several ways somebody is reached."""

_ADDRESSES: Final = ("shipping", "billing")
_WAYS: Final = ("home", "work", "mobile", "fax", "pager")
_SAYS_NOTHING: Final[list[list[str]]] = [[], ["on"], ["off"]]
_OWN: Final = re.compile(r"[a-z][a-z0-9-]{0,63}")
_CAPITAL: Final = re.compile("[A-Z]")
_SPACE: Final = re.compile("[\t\n\f\r ]+")
_CARD_DIGITS: Final = range(13, 20)


def key_of(autocomplete: str) -> str | None:
    """Return the key under which a field with this `autocomplete` is kept, or None where it is not.

    A field of a named section is not: it may be about somebody else.
    """
    tokens = _tokens(autocomplete)
    key = []
    if tokens and tokens[0] in _ADDRESSES:
        key.append(tokens.pop(0))
    if tokens and tokens[0] in _WAYS:
        key.append(tokens.pop(0))
        if not tokens or tokens[0] not in REACHED:
            return None
    if len(tokens) != 1 or tokens[0] not in ALLOWED | REACHED:
        return None
    return " ".join([*key, tokens[0]])


def field_key(autocomplete: str, own: str | None) -> str | None:
    """Return the key of a field: the agency's own name for it before its token, or None where it is not kept.

    A name of the agency's own keeps nothing of which the token says that it is a code, a card or another's.
    """
    key = key_of(autocomplete)
    if own is None:
        return key
    plain = key is not None or _tokens(autocomplete) in _SAYS_NOTHING
    return own_key(own) if plain else None


def own_key(name: str) -> str | None:
    """Return the key of a field for which there is no token, by the agency's own name for it, or None."""
    return f":{name}" if _OWN.fullmatch(name) else None


def is_own(key: str) -> bool:
    """Say whether a key is the agency's own: it means something in one form alone."""
    return key.startswith(":")


def may_be_card(value: str) -> bool:
    """Say whether a value could be the number of a payment card: as many digits, and the right last one
    (ISO/IEC 7812-1, annex B)."""
    digits = re.sub("[ -]", "", value)
    if not (digits.isascii() and digits.isdigit() and len(digits) in _CARD_DIGITS):
        return False
    total = 0
    for place, digit in enumerate(reversed(digits)):
        number = int(digit) * (1 + place % 2)
        total += number - 9 * (number > 9)
    return total % 10 == 0


def _tokens(autocomplete: str) -> list[str]:
    # Letters of ASCII alone: others that look the same in small are no token.
    small = _CAPITAL.sub(lambda letter: letter[0].lower(), autocomplete)
    return [token for token in _SPACE.split(small) if token]
