"""The documents are true: generated pages, links, commands, lists, paths and figures are checked against the
project."""

from __future__ import annotations

import ast
import json
import re
import shlex
import subprocess
import sys
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from nearside.docs import WHAT_LEAVES, what_leaves

ROOT = Path(__file__).resolve().parent.parent.parent
TOP = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")
PAGES = [*(ROOT / name for name in TOP), *sorted((ROOT / "docs").rglob("*.md"))]
ADRS = sorted((ROOT / "docs" / "adr").glob("*.md"))
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
FIGURE = re.compile(
    r"\d[\d,.]*(?: |-)?(?:%|ms\b|seconds?\b|minutes?\b|KB\b|MB\b|KiB\b|MiB\b|bytes\b|times\b)"
)


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def prose(page: Path) -> str:
    """A page without its fenced blocks."""
    return FENCE.sub("", page.read_text(encoding="utf-8"))


def blocks(page: Path, language: str) -> list[str]:
    return [body for info, body in FENCE.findall(page.read_text(encoding="utf-8")) if info == language]


def slugs(page: Path) -> set[str]:
    """The anchors that a page's headings make."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@cache
def functions_of(file: Path) -> frozenset[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def rows(text: str) -> list[list[str]]:
    """The cells of every table row of a text, heads and rules left out."""
    lines = [*text.splitlines(), ""]

    def is_rule(line: str) -> bool:
        return line.startswith("|") and set(line) <= set("|-: ")

    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line, after in pairwise(lines)
        if line.startswith("|") and not is_rule(line) and not is_rule(after)
    ]


def test_what_leaves_is_printed_from_the_register() -> None:
    """The committed page is what `make docs` prints."""
    assert (ROOT / WHAT_LEAVES).read_text(encoding="utf-8") == what_leaves()


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_leads_somewhere(page: Path) -> None:
    """Relative links and pictures name files that are there, anchors name headings."""
    lost = []
    for target in LINK.findall(prose(page)):
        if target.startswith(("https://", "http://")):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and anchor not in slugs(file)):
            lost.append(target)
    assert lost == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_console_block_prints_what_it_says(page: Path) -> None:
    """A `console` block is a command after a dollar sign, and exactly what it prints."""
    for block in blocks(page, "console"):
        command, _, expected = block.removeprefix("$ ").partition("\n")
        program, *arguments = shlex.split(command)
        assert block.startswith("$ ")
        assert program == "nearside"
        done = subprocess.run(
            [str(Path(sys.executable).parent / program), *arguments],
            cwd=ROOT,
            env={"COLUMNS": "80", "LANG": "C.UTF-8", "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stdout == expected, done.stderr


def test_the_readme_shows_the_help() -> None:
    """The list of commands in the README is the real one."""
    assert [block.split("\n")[0] for block in blocks(ROOT / "README.md", "console")] == ["$ nearside --help"]


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_python_block_runs(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A `python` block runs from the project's folder as it stands; also those of docs/formats."""
    monkeypatch.chdir(ROOT)
    ran = []
    for block in blocks(page, "python"):
        exec(compile(block, name(page), "exec"), {"__name__": "example"})  # noqa: S102  # our own documents
        ran.append(block)
    assert len(ran) == page.read_text(encoding="utf-8").count("\n```python\n")


def test_something_in_python_runs() -> None:
    """The test above is not empty."""
    assert any(blocks(page, "python") for page in PAGES if page.parent.name != "formats")


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_path_named_is_there(page: Path) -> None:
    """What is written like a path of this project is one; patterns and placeholders are left alone."""
    rooms = {path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")} - {
        "build"
    }
    said = {
        words.split("::")[0].rstrip("/")
        for words in re.findall(r"`([^`\s]+)`", prose(page))
        if "/" in words
        and words.split("/")[0] in rooms
        and not set(words) & set("*{<$")
        and not words.startswith("nearside/v1/")  # labels of signatures
    }
    assert [path for path in sorted(said) if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_command_named_is_there(page: Path) -> None:
    """`make` targets stand in the Makefile, `python -m` modules and `nearside` commands in the code."""
    text = page.read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"(?:`|^)make ([a-z-]+)", text, re.MULTILINE)) - targets == set()
    for module in re.findall(r"python -m ([\w.]+)", text):
        place = ROOT / module.replace(".", "/")
        assert place.with_suffix(".py").exists() or (place / "__main__.py").exists(), module
    commands = {file.stem for file in (ROOT / "nearside" / "commands").glob("[!_]*")}
    assert set(re.findall(r"`nearside ([a-z]+)`", text)) - commands == set()


@pytest.mark.parametrize("page", ["README.md", "ARCHITECTURE.md"])
def test_every_figure_names_where_it_comes_from(page: str) -> None:
    """A measured figure stands in a paragraph that names the command or the file that it comes from."""
    unnamed = [
        paragraph
        for paragraph in re.split(r"\n\s*\n|\n(?=- |\|)", prose(ROOT / page))
        if FIGURE.search(paragraph) and not re.search(r"`[^`]*[/.][^`]*`|`make \w+", paragraph)
    ]
    assert unnamed == []


def test_a_figure_is_noticed() -> None:
    """The pattern for figures finds those that people write."""
    for said in ("63 ms", "1.5 MB", "12 %", "4,096 bytes", "9 times", "20 seconds"):
        assert FIGURE.search(said)


def test_every_dependency_has_a_line_and_no_line_is_stale() -> None:
    """docs/dependencies.md names what requirements/*.in and every package.json name, and nothing else."""
    direct = set()
    for file in (ROOT / "requirements").glob("*.in"):
        for line in file.read_text(encoding="utf-8").splitlines():
            if line and not line.startswith(("#", "-r", "-c")):
                direct.add(re.split(r"[=<>\[ ]", line)[0])
    for folder in (ROOT, ROOT / "benchmarks"):
        package = json.loads((folder / "package.json").read_text(encoding="utf-8"))
        direct |= {*package["dependencies"], *package.get("devDependencies", ())}
    table = rows((ROOT / "docs/dependencies.md").read_text(encoding="utf-8"))
    listed = [found[1] for row in table if (found := re.match(r"`([^`]+)`", row[0]))]
    assert sorted(listed) == sorted(direct)
    assert all(len(row) == 4 and all(row) for row in table)


@pytest.mark.parametrize("page", [*PAGES, ROOT / "benchmarks" / "README.md"], ids=name)
def test_no_table_is_cut_in_two(page: Path) -> None:
    """Every table has a head and a rule: rows after an empty line would be printed as they are written."""
    lines = [line.strip() for line in ["", *prose(page).splitlines(), ""]]
    heads = [
        (line, after)
        for before, line, after in zip(lines, lines[1:], lines[2:], strict=False)
        if line.startswith("|") and not before.startswith("|")
    ]
    assert [line for line, after in heads if not re.fullmatch(r"\|(?: *:?-+:? *\|)+", after)] == []


def test_every_threat_has_a_test_that_exists_or_says_that_it_has_none() -> None:
    """Each row of the threat model names its tests, which are there, or says that nothing is promised."""
    threats, review = (
        (ROOT / "docs/threat-model.md").read_text(encoding="utf-8").split("## Cryptography of ours")
    )
    table = rows(threats)
    assert len(table) > 30
    for attacker, threat, _, shown in table:
        named = re.findall(r"`(tests/[^`]+\.py)::(test_\w+)`", shown)
        assert named or shown == "no test: not promised", f"{attacker}: {threat}"
        for file, test in named:
            assert test in functions_of(ROOT / file), f"{file}::{test}"
    modules = [row[0].strip("`") for row in rows(review)]
    assert modules
    assert [module for module in modules if not (ROOT / module).exists()] == []


def test_every_test_of_accessibility_that_is_named_is_there() -> None:
    """Each criterion names what shows it."""
    table = rows((ROOT / "docs/accessibility.md").read_text(encoding="utf-8"))
    assert len(table) > 15
    for criterion, *_, shown in table:
        named = re.findall(r"`(tests/[^`]+\.py)::(test_\w+)`", shown)
        assert named, criterion
        for file, test in named:
            assert test in functions_of(ROOT / file), f"{file}::{test}"


def test_the_map_shows_every_room() -> None:
    """The tree in ARCHITECTURE.md names every folder at the top, every module of the packages that it opens,
    and every function, and names nothing that is not there."""
    fences = FENCE.findall((ROOT / "ARCHITECTURE.md").read_text("utf-8"))
    (tree,) = (body for _, body in fences if "infra/" in body)
    shown: dict[str, set[str]] = {}
    inner: dict[str, set[str]] = {}
    shelf = ""
    for line in tree.splitlines():
        named = re.split(r"\s{2,}", line.strip())[0].split()
        if line[0] != " ":
            room = named[0].rstrip("/")
            shown |= {name.rstrip("/"): set() for name in named}
        elif line.startswith("    "):
            inner.setdefault(f"{room}/{shelf}", set()).update(name.rstrip("/") for name in named)
        else:
            shelf = named[0].rstrip("/")
            shown[room] |= {name.rstrip("/") for name in named}
    made = {"build", "dist", "node_modules", "__pycache__"}
    tops = {path.name for path in ROOT.iterdir() if path.is_dir() and path.name[0] != "."} - made
    assert tops - set(shown) == set()
    assert [name for name in shown if not (ROOT / name).exists()] == []
    for package in ("consent_ledger", "edge_client", "model_export", "nearside"):
        modules = {file.stem for file in (ROOT / package).glob("*.py")} - {"__init__", "settings"}
        folders = {path.name for path in (ROOT / package).iterdir() if path.is_dir()} - made
        assert shown[package] == modules | folders, package
    for folder, named in inner.items():
        assert named <= {path.stem for path in (ROOT / folder).iterdir()} - {"__init__"}, folder
    for shelf in ("counting", "learning", "shipping", "choosing"):
        modules = {file.stem for file in (ROOT / "model_export" / shelf).glob("*.py")} - {"__init__"}
        assert modules <= inner[f"model_export/{shelf}"], shelf
    functions = {handler.parent.name for handler in (ROOT / "lambdas").glob("*/handler.py")}
    assert shown["lambdas"] == functions | {"shared"}


@pytest.mark.parametrize("page", ADRS, ids=name)
def test_a_decision_fits_a_screen_and_has_its_four_parts(page: Path) -> None:
    """Context, decision, consequences, and what was not required."""
    text = page.read_text(encoding="utf-8")
    parts = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert parts[:3] == ["Context", "Decision", "Consequences"]
    assert parts[3] in {"Non-requirements", "Not required"}
    assert len(text.splitlines()) <= 60


def test_decisions_are_numbered_without_a_gap() -> None:
    """The file's number is the heading's, and none is missing."""
    numbers = [int(page.name[:4]) for page in ADRS]
    assert numbers == list(range(1, len(ADRS) + 1))
    headings = [int(re.match(r"# (\d+)\.", page.read_text("utf-8")).group(1)) for page in ADRS]  # type: ignore[union-attr]
    assert headings == numbers


def test_every_release_begins_with_privacy() -> None:
    """The first section under each version of the changelog is Privacy."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    assert versions
    assert all(re.findall(r"^### (.+)$", version, re.MULTILINE)[0] == "Privacy" for version in versions)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_the_prose_keeps_its_voice(page: Path) -> None:
    """No exclamation mark stands outside code."""
    assert "!" not in LINK.sub("", re.sub(r"`[^`]*`", "", prose(page)))
