"""`nearside flows`: mistakes are told, what has none is written, and other formats are converted."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result

from consent_ledger import canonical
from edge_client.wire.flow_reading import parse_flows
from nearside.cli import main
from tests.support.city import catalogue
from tests.support.flow_example import flow
from tests.support.ruled import value

DEMO = Path(__file__).resolve().parent.parent.parent / "demo/agency/flows.json"
RESULTS = """
- {id: r16, title: Register for VAT, description: Do it., url: /vat-registration, topic: Tax, group: Now}
- {id: r99, title: Something new, description: Unknown., url: "https://example.org/", topic: Tax, group: Now}
"""


def run(*arguments: object) -> Result:
    """Run the command as on a terminal."""
    return CliRunner().invoke(main, ["flows", *map(str, arguments)])


def written(path: Path, value: object) -> Path:
    """A file that somebody wrote by hand."""
    path.write_text(json.dumps(value, indent=4), "utf-8")
    return path


def test_flows_without_a_mistake_are_written_as_bundles_want_them(tmp_path: Path) -> None:
    """Files by hand become one canonical file, sorted by name."""
    out = tmp_path / "flows.json"
    done = run("check", written(tmp_path / "b.json", flow()), DEMO, "--out", out, "--today", "2026-11-22")
    assert done.exit_code == 0, done.output
    assert "example: errors 0, warnings 0\n" in done.output
    names = [each.name for each in parse_flows(out.read_bytes())]
    assert names == ["after-a-death", "business-licences", "example"]


def test_a_mistake_ends_with_1_and_writes_nothing(tmp_path: Path) -> None:
    """What must not be published is told with its place and its fix."""
    value = flow()
    value["questions"][1]["options"][1]["when"] = {"any": []}
    out = tmp_path / "flows.json"
    done = run("check", written(tmp_path / "wrong.json", value), "--out", out)
    assert done.exit_code == 1
    assert "example: error: question help: option care: when: it is never offered; change" in done.output
    assert not out.exists()


def test_flows_are_looked_at_beside_the_rules_where_those_are_given(tmp_path: Path) -> None:
    """What they tell, and what is beside a quiet one; either file alone says too little."""
    rules, pages = tmp_path / "rules.json", tmp_path / "catalogue.json"
    rules.write_bytes(canonical.encode(value()))
    pages.write_bytes(catalogue().to_bytes())
    told = flow()
    row = {"option": "yes", "means": "yes", "asks": None}
    told["questions"][0]["told"] = {"question": "loss", "options": [row]}
    file = written(tmp_path / "told.json", told)
    assert run("check", file, "--today", "2026-11-22").exit_code == 0
    done = run("check", file, "--rules", rules, "--catalogue", pages, "--today", "2026-11-22")
    assert done.exit_code == 1
    assert "told: option yes: asks: loss is sensitive" in done.output
    assert "example: errors 1," in done.output
    row["asks"] = {"en": "Shall it?", "cy": "A ddylai?"}
    file = written(tmp_path / "told.json", told)
    done = run("check", file, "--rules", rules, "--catalogue", pages, "--today", "2026-11-22")
    assert done.exit_code == 0, done.output
    assert run("check", file, "--rules", rules).exit_code == 2


def test_what_is_not_json_is_said_in_one_line(tmp_path: Path) -> None:
    """A file that cannot be read is named, and nothing else is printed."""
    (tmp_path / "x.json").write_text("{")
    done = run("check", tmp_path / "x.json")
    assert done.exit_code == 2
    assert done.output == "Error: FILE x.json: not JSON\n"


def test_two_flows_of_one_name_are_not_one_file(tmp_path: Path) -> None:
    """A name is said once in a bundle."""
    file = written(tmp_path / "a.json", flow())
    done = run("check", file, file, "--out", tmp_path / "flows.json")
    assert done.exit_code == 2
    assert "not sorted by name without doubles" in done.output


def test_a_smart_answers_results_become_a_flow_and_what_has_no_rule_is_told(tmp_path: Path) -> None:
    """Converting tells what it leaves out, and what it writes passes the check."""
    (tmp_path / "results.yml").write_text(RESULTS)
    out = tmp_path / "flow.json"
    done = run("convert", tmp_path / "results.yml", "--format", "smart-answer", "--out", out)
    assert done.exit_code == 0, done.output
    assert "r99: no rule leads to it\n" in done.output
    assert "next-steps-for-your-business: 6 questions, 1 outcomes" in done.output
    assert run("check", out).exit_code == 0


def test_a_format_is_made_of_as_many_files_as_it_has(tmp_path: Path) -> None:
    """Three tables are the licence finder; one is a mistake."""
    (tmp_path / "sectors.csv").write_text("LAYER3_OID,LAYER3\n1,Cafés\n")
    done = run("convert", tmp_path / "sectors.csv", "--format", "licences", "--out", tmp_path / "x.json")
    assert done.exit_code == 2
    assert "licences is made of 3 FILE" in done.output
