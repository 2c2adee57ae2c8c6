"""The two engines for flows on the same cases: ours in Python, and the pages' own under Node."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any, TypeAlias

from edge_client.flows.answers import Answers, give, print_answer, read_answer, skip, take_back
from edge_client.flows.cells import Answer
from edge_client.flows.next_question import Ask, Confirm, next_step, open_questions, possible_questions
from edge_client.flows.results import results
from edge_client.flows.saving import Saved, resume, save
from edge_client.flows.tables import Tables, compile_flow
from edge_client.wire.flow_reading import read_flow

SCRIPT = Path(__file__).resolve().with_name("flow_batch.mjs")

Case: TypeAlias = dict[str, Any]
"""A flow, the day, what is known already, moves, the last day to keep answers, and the flow as it is then."""


def in_python(case: Case) -> Any:
    """Run one case here."""
    flow, today = read_flow(case["flow"], "flow"), date.fromisoformat(case["today"])
    tables = compile_flow(flow, today=today)
    known = {name: read_answer(flow.question(name), value) for name, value in case["known"].items()}
    answers = Answers()
    states = [_told(tables, answers, known)]
    for move, name, *value in case["moves"]:
        match move:
            case "give":
                answers = give(tables, answers, name, read_answer(flow.question(name), value[0]))
            case "skip":
                answers = skip(tables, answers, name)
            case _:
                answers = take_back(tables, answers, name)
        states.append(_told(tables, answers, known))
    saved = save(flow, answers, until=date.fromisoformat(case["until"])).to_bytes()
    resumed = resume(compile_flow(read_flow(case["then"], "flow"), today=today), Saved.from_bytes(saved))
    return {
        "states": states,
        "saved": saved.decode(),
        "resumed": [_printed(resumed.answers), sorted(resumed.answers.skipped), list(resumed.dropped)],
    }


def _told(tables: Tables, answers: Answers, known: dict[str, Answer]) -> dict[str, Any]:
    match next_step(tables, answers, known=known):
        case Ask(question):
            step = ["ask", question]
        case Confirm(question, answer):
            step = ["confirm", question, print_answer(answer)]
        case _:
            step = ["finished"]
    return {
        "answers": _printed(answers),
        "skipped": sorted(answers.skipped),
        "step": step,
        "open": list(open_questions(tables, answers)),
        "possible": list(possible_questions(tables, answers)),
        "results": [[result.status, *result.needs] for result in results(tables, answers)],
    }


def _printed(answers: Answers) -> dict[str, Any]:
    return {name: print_answer(answer) for name, answer in answers.given.items()}
