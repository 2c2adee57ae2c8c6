"""What an author of a flow should look at beside the rules: what it tells them, and how quiet one is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from consent_ledger.errors import Refused
from edge_client.rules.asking import special_words
from edge_client.rules.compile import about
from edge_client.rules.truths import leaves_of
from edge_client.wire.audience import Answered, Condition
from edge_client.wire.catalogue import Catalogue
from edge_client.wire.flow import Flow, Tone
from edge_client.wire.paths import ItemId
from edge_client.wire.question import Label
from edge_client.wire.question import Question as Asked
from edge_client.wire.rule import Does, Rule
from edge_client.wire.rules import Rules, sensitive_pages
from edge_client.wire.told_in_flow import ToldInFlow
from lambdas.shared.publishing.flow_lint import Finding


def check_telling(flows: Iterable[Flow], *, rules: Rules, catalogue: Catalogue) -> None:
    """Refuse flows that do not fit the rules beside them: raises `Refused` with the first fatal finding."""
    for flow in flows:
        for finding in telling_findings(flow, rules=rules, catalogue=catalogue):
            if finding.fatal:
                raise Refused(f"flow {flow.name}: {finding.place}: {finding.problem}; {finding.fix}")


def telling_findings(flow: Flow, *, rules: Rules, catalogue: Catalogue) -> Iterator[Finding]:
    """Yield what is wrong with what a flow tells these rules, and with how quiet they leave it."""
    for question in flow.questions:
        if question.told is not None:
            yield from _told(f"question {question.id}: told", question.told, rules)
    if flow.tone is Tone.QUIET:
        yield from _quiet(flow, rules, catalogue)


def _told(place: str, told: ToldInFlow, rules: Rules) -> Iterator[Finding]:
    asked = next((each for each in rules.questions if each.name == told.question), None)
    if asked is None:
        yield Finding(place, f"the rules have no question {told.question}", "name one of rules.json")
        return
    for row in told.options:
        if row.means not in asked.options:
            yield Finding(
                f"{place}: option {row.option}",
                f"{row.means} is no answer to {told.question}",
                f"name one of {', '.join(asked.options)}",
            )
        if row.asks is None and _is_sensitive(asked):
            yield Finding(
                f"{place}: option {row.option}: asks",
                f"{told.question} is sensitive, and nobody is asked in so many words",
                "write what is asked before it is remembered, in every language of the flow",
            )
    if rules.is_for_children:
        yield Finding(place, "children would be asked", "take it out")
    if not any(told.question in _questions_of(rule, rules) for rule in rules.rules):
        yield Finding(
            place,
            "no rule rests on it, so it is never kept",
            "write one, or take it out",
            fatal=False,
        )


def _is_sensitive(asked: Asked) -> bool:
    return asked.label is Label.SENSITIVE or bool(special_words(asked))


def _quiet(flow: Flow, rules: Rules, catalogue: Catalogue) -> Iterator[Finding]:
    peaceful = sensitive_pages(catalogue, rules)
    if not flow.pages:
        yield Finding("pages", "a quiet flow says nowhere which pages ask it", "name them")
    for page in flow.pages:
        if page not in peaceful:
            yield Finding(
                "pages",
                f"suggestions may stand on {page}, and what is looked at there counts",
                "name it among never_items of rules.json",
            )
    told = {question.told.question for question in flow.questions if question.told is not None}
    for rule in rules.rules:
        if rule.does is Does.OFFER and not told.isdisjoint(_questions_of(rule, rules)):
            yield from _left_in_peace(rule, peaceful, catalogue)


def _left_in_peace(rule: Rule, peaceful: frozenset[ItemId], catalogue: Catalogue) -> Iterator[Finding]:
    for item in about(rule, catalogue):
        if item not in peaceful:
            yield Finding(
                "tone",
                f"rule {rule.name} offers {item} for an answer to it, and others may be shown it by chance",
                "name it among never_items of rules.json",
            )


def _questions_of(rule: Rule, rules: Rules) -> frozenset[str]:
    needed = () if rule.when is None else leaves_of(rule.when, rules.definitions)
    return frozenset(
        each.test.question
        for each in rules.definitions
        if isinstance(each, Condition) and each.name in needed and isinstance(each.test, Answered)
    )
