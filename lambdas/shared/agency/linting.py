"""What is wrong with a whole draft: its documents together, judged as a bundle would be."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from zoneinfo import available_timezones

from consent_ledger.errors import Malformed, Refused, Untrue
from edge_client.wire.catalogue import Catalogue
from edge_client.wire.flow import Flow
from edge_client.wire.flow_reading import parse_flows
from edge_client.wire.notice import Notices
from edge_client.wire.reminders import Reminders
from edge_client.wire.rules import Rules
from lambdas.shared.agency.collection import Collection
from lambdas.shared.agency.composed import CATALOGUE, FLOWS, NOTICES, REMINDERS, RULES, Drafts, compose
from lambdas.shared.agency.problems import Problem
from lambdas.shared.publishing.flow_lint import lint
from lambdas.shared.publishing.flow_telling import check_telling
from lambdas.shared.publishing.rule_problems import problems_of
from lambdas.shared.publishing.stopping import unstoppable

_MEND = "change the document that it names"
_PLACES = {
    "definition": Collection.SEGMENTS,
    "condition": Collection.SEGMENTS,
    "table": Collection.SEGMENTS,
    "slot": Collection.SLOTS,
    "question": Collection.QUESTIONS,
    "rule": Collection.RULES,
    "calendar": Collection.CALENDARS,
}
_STOPPED_BY = {RULES: Collection.SLOTS, FLOWS: Collection.FLOWS, REMINDERS: Collection.REMINDERS}


def lint_drafts(site: str, drafts: Drafts, *, today: date) -> tuple[Problem, ...]:
    """Return everything that is wrong with a site's drafts together, in the order of their collections.

    `where` is `/collection/name`, and further in where that is known; "" where it is about the whole.
    """
    try:
        files = compose(site, drafts)
        catalogue = Catalogue.parse(files[CATALOGUE])
        rules = Rules.parse(files[RULES])
        Notices.parse(files[NOTICES])
        flows = parse_flows(files[FLOWS]) if FLOWS in files else ()
        reminders = Reminders.parse(files[REMINDERS]) if REMINDERS in files else None
    except Malformed as error:
        return (Problem("", str(error), "add or change the documents that it is about"),)
    return (
        *_of_goals(drafts),
        *_of_rules(rules, catalogue),
        *_of_flows(flows, rules, catalogue, today),
        *_of_zone(reminders),
        *_of_stopping(files),
    )


def _of_goals(drafts: Drafts) -> Iterator[Problem]:
    titles = {str(goal["title"]) for goal in drafts.get(Collection.GOALS, {}).values()}
    for name, rule in sorted(drafts.get(Collection.RULES, {}).items()):
        if rule["goal"] not in titles:
            yield Problem(
                f"/rules/{name}/goal", "is the title of no goal", "name one of the goals, or add this one"
            )


def _of_rules(rules: Rules, catalogue: Catalogue) -> Iterator[Problem]:
    for problem in problems_of(rules, catalogue):
        yield Problem(_pointer(problem.place), problem.reason, problem.fix, problem.is_fatal)


def _of_flows(flows: tuple[Flow, ...], rules: Rules, catalogue: Catalogue, today: date) -> Iterator[Problem]:
    for flow in flows:
        try:
            for finding in lint(flow, today=today):
                where = f"/flows/{flow.name}"
                yield Problem(where, f"{finding.place}: {finding.problem}", finding.fix, finding.fatal)
        except Refused as error:
            yield Problem(f"/flows/{flow.name}", str(error), _MEND)
    try:
        check_telling(flows, rules=rules, catalogue=catalogue)
    except (Malformed, Refused, Untrue) as error:
        yield Problem("/flows", str(error), _MEND)


def _of_zone(reminders: Reminders | None) -> Iterator[Problem]:
    if reminders is not None and reminders.zone not in available_timezones():
        yield Problem(
            "/settings/reminders/zone", "is none of the time zone database", "name one of the IANA database"
        )


def _of_stopping(files: dict[str, bytes]) -> Iterator[Problem]:
    for (file, name), why in unstoppable(files):
        yield Problem(f"/{_STOPPED_BY[file]}/{name}", why, _MEND)


def _pointer(place: str) -> str:
    """`rule fees: items` is `/rules/fees/items`."""
    named, _, field = place.partition(": ")
    kind, _, name = named.partition(" ")
    if kind not in _PLACES or not name:
        return ""
    return f"/{_PLACES[kind]}/{name}" + (f"/{field}" if field and " " not in field else "")
