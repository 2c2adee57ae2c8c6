"""Reading `flows.json` strictly: shapes first, then that every name in a flow names something before it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, TypedDict

from consent_ledger import canonical
from consent_ledger.canonical import Json
from consent_ledger.errors import Malformed
from consent_ledger.fields import Fields
from edge_client.wire.condition import (
    ID,
    MOST_NUMBER,
    Compare,
    Condition,
    Moment,
    NoneOf,
    OneOf,
    Test,
    read_condition,
    tests_in,
)
from edge_client.wire.flow import (
    Flow,
    Kind,
    Named,
    Need,
    Option,
    Order,
    Outcome,
    Question,
    Tells,
    Tone,
)
from edge_client.wire.flow_words import optional_words, words_in
from edge_client.wire.paths import scrub_path
from edge_client.wire.told_in_flow import read_told

MOST_FLOWS: Final = 50
MOST_QUESTIONS: Final = 200
MOST_OPTIONS: Final = 1000
MOST_OUTCOMES: Final = 2000
MOST_VARIABLES: Final = 400
"""Questions, one with several to choose counting as many as it has options: what engines recurse over."""
_LANGUAGE: Final = r"[a-z]{2,3}"
_HREF: Final = r"(?:/(?!/)|https://)[!-~]{0,500}"
_MOST_LANGUAGES: Final = 20
_MOST_PAGES: Final = 100


class _Quiet(TypedDict, total=False):
    tone: Tone
    pages: tuple[str, ...]


def parse_flows(raw: bytes) -> tuple[Flow, ...]:
    """Read `flows.json`; what parses prints back byte for byte. Raises `Malformed` with the place."""
    fields = Fields(canonical.decode(raw), "flows")
    fields.whole("v", low=1, high=1)
    rows = fields.rows("flows", max_length=MOST_FLOWS)
    fields.done()
    flows = tuple(read_flow(row, f"flow {place}") for place, row in enumerate(rows, 1))
    names = [flow.name for flow in flows]
    if names != sorted(set(names)):
        raise Malformed("flows: not sorted by name without doubles")
    return flows


def read_flow(value: Json, noun: str) -> Flow:
    """Read one flow; `noun` begins the error. Raises `Malformed` with the place."""
    fields = Fields(value, noun)
    languages = _texts(fields, "languages", noun, pattern=_LANGUAGE, most=_MOST_LANGUAGES)
    if not languages:
        raise Malformed(f"{noun}: languages is empty")
    flow = Flow(
        name=fields.text("name", pattern=ID),
        languages=languages,
        title=words_in(fields, "title", languages, noun),
        summary=words_in(fields, "summary", languages, noun),
        order=Order(fields.text("order", pattern="author|gain")),
        tells=Tells(fields.text("tells", pattern="may-get|may-need")),
        life_event=_optional_text(fields, "life_event", pattern=ID),
        sections=tuple(_named(*each) for each in _rows(fields, "sections", languages, noun, MOST_QUESTIONS)),
        groups=tuple(_named(*each) for each in _rows(fields, "groups", languages, noun, MOST_OUTCOMES)),
        questions=tuple(
            _question(*each) for each in _rows(fields, "questions", languages, noun, MOST_QUESTIONS)
        ),
        outcomes=tuple(_outcome(*each) for each in _rows(fields, "outcomes", languages, noun, MOST_OUTCOMES)),
        **_quiet(fields, value, noun),
    )
    fields.done()
    _check_names(flow, noun)
    return flow


def _quiet(fields: Fields, value: Json, noun: str) -> _Quiet:
    if not isinstance(value, dict) or "tone" not in value:
        return {}
    return {
        "tone": Tone(fields.text("tone", pattern=Tone.QUIET)),
        "pages": _texts(fields, "pages", noun, pattern=r"/.*", most=_MOST_PAGES),
    }


def _rows(
    fields: Fields, name: str, languages: tuple[str, ...], noun: str, most: int
) -> Iterable[tuple[Json, tuple[str, ...], str]]:
    for place, row in enumerate(fields.rows(name, max_length=most), 1):
        yield row, languages, f"{noun}: {name} {place}"


def _named(value: Json, languages: tuple[str, ...], noun: str) -> Named:
    fields = Fields(value, noun)
    named = Named(fields.text("id", pattern=ID), words_in(fields, "title", languages, noun))
    fields.done()
    return named


def _question(value: Json, languages: tuple[str, ...], noun: str) -> Question:
    fields = Fields(value, noun)
    kind = Kind(fields.text("kind", pattern="|".join(Kind)))
    options: tuple[Option, ...] = ()
    none = unit = None
    low: int | Moment | None = None
    high: int | Moment | None = None
    if kind in (Kind.SINGLE, Kind.SEVERAL):
        options = tuple(_option(*each) for each in _rows(fields, "options", languages, noun, MOST_OPTIONS))
        _check_options(kind, options, noun)
    match kind:
        case Kind.SINGLE:
            pass
        case Kind.SEVERAL:
            none = words_in(fields, "none", languages, noun)
        case Kind.DATE:
            low, high = _moment(fields, "low", noun), _moment(fields, "high", noun)
        case Kind.NUMBER:
            low = fields.whole("low", low=-MOST_NUMBER, high=MOST_NUMBER)
            high = fields.whole("high", low=low + 1, high=MOST_NUMBER)
            unit = optional_words(fields, "unit", languages, noun)
    question = Question(
        id=fields.text("id", pattern=ID),
        kind=kind,
        title=words_in(fields, "title", languages, noun),
        hint=optional_words(fields, "hint", languages, noun),
        section=_optional_text(fields, "section", pattern=ID),
        optional=fields.flag("optional"),
        when=_optional_condition(fields, "when", noun),
        options=options,
        none=none,
        low=low,
        high=high,
        unit=unit,
        told=read_told(fields.take("told"), languages, f"{noun}: told", options=_alone(kind, options))
        if isinstance(value, dict) and "told" in value
        else None,
    )
    fields.done()
    return question


def _alone(kind: Kind, options: tuple[Option, ...]) -> frozenset[str] | None:
    return frozenset(option.id for option in options) if kind is Kind.SINGLE else None


def _option(value: Json, languages: tuple[str, ...], noun: str) -> Option:
    fields = Fields(value, noun)
    option = Option(
        id=fields.text("id", pattern=ID),
        text=words_in(fields, "text", languages, noun),
        pages=_texts(fields, "pages", noun, pattern=r"/.*", most=_MOST_PAGES),
        when=_optional_condition(fields, "when", noun),
    )
    fields.done()
    if any(scrub_path(page) != page for page in option.pages):
        raise Malformed(f"{noun}: pages holds something that is not a scrubbed path")
    return option


def _outcome(value: Json, languages: tuple[str, ...], noun: str) -> Outcome:
    fields = Fields(value, noun)
    outcome = Outcome(
        id=fields.text("id", pattern=ID),
        title=words_in(fields, "title", languages, noun),
        summary=optional_words(fields, "summary", languages, noun),
        href=optional_words(fields, "href", languages, noun, pattern=_HREF),
        by=optional_words(fields, "by", languages, noun),
        groups=_texts(fields, "groups", noun, pattern=ID, most=10),
        needs=tuple(_need(*each) for each in _rows(fields, "needs", languages, noun, MOST_QUESTIONS)),
    )
    fields.done()
    return outcome


def _need(value: Json, languages: tuple[str, ...], noun: str) -> Need:
    fields = Fields(value, noun)
    need = Need(words_in(fields, "text", languages, noun), _optional_condition(fields, "test", noun))
    fields.done()
    return need


def _optional_text(fields: Fields, name: str, *, pattern: str) -> str | None:
    value = fields.take(name)
    return None if value is None else Fields({name: value}, "flow").text(name, pattern=pattern)


def _optional_condition(fields: Fields, name: str, noun: str) -> Condition | None:
    value = fields.take(name)
    return None if value is None else read_condition(value, f"{noun}: {name}")


def _moment(fields: Fields, name: str, noun: str) -> Moment | None:
    value = fields.take(name)
    return None if value is None else Moment.of(value, f"{noun}: {name}")


def _texts(fields: Fields, name: str, noun: str, *, pattern: str, most: int) -> tuple[str, ...]:
    rows = fields.rows(name, max_length=most)
    texts = tuple(Fields({"entry": row}, f"{noun}: {name}").text("entry", pattern=pattern) for row in rows)
    if len(set(texts)) != len(texts):
        raise Malformed(f"{noun}: {name} holds something twice")
    return texts


def _check_options(kind: Kind, options: tuple[Option, ...], noun: str) -> None:
    if len(options) < (2 if kind is Kind.SINGLE else 1):
        raise Malformed(f"{noun}: too few options")
    if kind is Kind.SINGLE and any(option.when is not None for option in options):
        # One left to choose from would be no question.
        raise Malformed(f"{noun}: only options of several may have a when")


def _check_names(flow: Flow, noun: str) -> None:
    for name, ids in (
        ("sections", [each.id for each in flow.sections]),
        ("groups", [each.id for each in flow.groups]),
        ("questions", [each.id for each in flow.questions]),
        ("outcomes", [each.id for each in flow.outcomes]),
        *((f"question {each.id}: options", [o.id for o in each.options]) for each in flow.questions),
    ):
        if len(set(ids)) != len(ids):
            raise Malformed(f"{noun}: {name} holds an id twice")
    if sum(len(each.options) if each.kind is Kind.SEVERAL else 1 for each in flow.questions) > MOST_VARIABLES:
        raise Malformed(f"{noun}: too many questions and options")
    sections, groups = {each.id for each in flow.sections}, {each.id for each in flow.groups}
    before: dict[str, Question] = {}
    for question in flow.questions:
        here = f"{noun}: question {question.id}"
        if question.section is not None and question.section not in sections:
            raise Malformed(f"{here}: no such section")
        for when in (question.when, *(option.when for option in question.options)):
            _check_tests(when, before, here)
        before[question.id] = question
    for outcome in flow.outcomes:
        here = f"{noun}: outcome {outcome.id}"
        if not groups.issuperset(outcome.groups):
            raise Malformed(f"{here}: no such group")
        for need in outcome.needs:
            _check_tests(need.test, before, here)


def _check_tests(condition: Condition | None, known: Mapping[str, Question], noun: str) -> None:
    for test in tests_in(condition) if condition is not None else ():
        question = known.get(test.question)
        if question is None:
            raise Malformed(f"{noun}: asks about {test.question}, which is no earlier question")
        if not _fits(test, question):
            raise Malformed(f"{noun}: does not fit the answers to {test.question}")


def _fits(test: Test, question: Question) -> bool:
    match test:
        case OneOf(_, options):
            return {option.id for option in question.options}.issuperset(options)
        case NoneOf():
            return question.kind is Kind.SEVERAL
        case Compare(_, _, Moment()):
            return question.kind is Kind.DATE
        case Compare():
            return question.kind is Kind.NUMBER
