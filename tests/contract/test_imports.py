"""The rules about who may import whom hold, and each of them, broken on purpose, is noticed."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

from nearside.publisher_package import JUDGES as JUDGING

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ("consent_ledger", "edge_client", "lambdas", "model_export", "nearside")


@dataclass(frozen=True)
class Breach:
    """An import that must not be, and the contract that forbids it."""

    contract: str
    module: str
    line: str


LAYERS = "imports go downwards only"
WIRE = "servers see only edge_client.wire"
SIBLINGS = "functions never import one another"
LEARNER = "only the learner of propose_model trains"
SERVICES = "services import no AWS package"
PURE = "the device's code and the ledger's pure half"
LEDGER = "the ledger knows no AWS"
JUDGES = "only what publishes judges an agency's files"
ROOMS = "counts, releases, classifiers, files, choices"

BREACHES = (
    Breach(LAYERS, "lambdas/shared/wake.py", "import model_export.counting.counts"),
    Breach(LAYERS, "model_export/counting/counts.py", "import lambdas.shared.logs"),
    Breach(LAYERS, "edge_client/ranking.py", "import lambdas.shared.logs"),
    Breach(LAYERS, "model_export/counting/counts.py", "import nearside.settings"),
    Breach(LAYERS, "lambdas/propose_model/gate.py", "import model_export.learning.covisit"),
    Breach(LEARNER, "lambdas/propose_model/service.py", "import model_export"),
    Breach(LEARNER, "lambdas/page_model/service.py", "import model_export.paged"),
    Breach(SIBLINGS, "lambdas/publish_bundle/service.py", "import lambdas.page_model.maker"),
    Breach(LEARNER, "lambdas/decide_model/service.py", "import numpy"),
    Breach(LEARNER, "lambdas/make_release/service.py", "import onnxruntime"),
    Breach(WIRE, "lambdas/shared/wake.py", "from edge_client.profile import Profile"),
    Breach(WIRE, "model_export/counting/counts.py", "import edge_client.device"),
    Breach(WIRE, "lambdas/shared/wake.py", "import edge_client.dice"),
    Breach(WIRE, "lambdas/shared/publishing/bundle_files.py", "import edge_client.session"),
    Breach(WIRE, "lambdas/shared/publishing/publication.py", "import edge_client.rules.compile"),
    Breach(JUDGES, "lambdas/record_consent/handler.py", "import lambdas.shared.publishing.publication"),
    Breach(SIBLINGS, "lambdas/health/handler.py", "import lambdas.read_receipt.service"),
    Breach(SERVICES, "lambdas/read_receipt/service.py", "import boto3"),
    Breach(SERVICES, "lambdas/record_consent/service.py", "from lambdas.shared import clients"),
    Breach(PURE, "edge_client/ranking.py", "import random"),
    Breach(PURE, "edge_client/wire/paths.py", "from pathlib import Path"),
    Breach(PURE, "consent_ledger/merkle.py", "import time"),
    Breach(LEDGER, "consent_ledger/log.py", "import boto3"),
    Breach(LEDGER, "consent_ledger/log.py", "import edge_client.wire.paths"),
    Breach(ROOMS, "model_export/counting/counts.py", "import model_export.releasing.aggregate"),
    Breach(ROOMS, "model_export/learning/evaluate.py", "import model_export.choosing.gate"),
)


def lint_imports(project: Path) -> tuple[int, str]:
    """Run import-linter on the packages under `project`; return its exit code and what it said."""
    done = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(project), "COLUMNS": "400", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("copy")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__", "web"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def test_every_contract_is_kept() -> None:
    """The code as it stands breaks no rule."""
    code, said = lint_imports(ROOT)
    assert code == 0, said
    assert "0 broken" in said


@pytest.mark.parametrize("breach", BREACHES, ids=lambda breach: f"{breach.module}: {breach.line}")
def test_a_forbidden_import_is_noticed(copy: Path, breach: Breach) -> None:
    """One forbidden line in one module breaks the contract that forbids it."""
    module = copy / breach.module
    before = module.read_text(encoding="utf-8")
    module.write_text(f"{before}\n{breach.line}\n", encoding="utf-8")
    try:
        code, said = lint_imports(copy)
    finally:
        module.write_text(before, encoding="utf-8")
    assert code == 1, said
    broken = [line for line in said.splitlines() if " BROKEN" in line]
    assert any(breach.contract in line for line in broken), said


def test_every_contract_is_broken_once() -> None:
    """No contract of pyproject.toml goes without a line that breaks it here."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = [contract["name"] for contract in settings["tool"]["importlinter"]["contracts"]]
    prefixes = {breach.contract for breach in BREACHES}
    assert [name for name in contracts if not any(name.startswith(prefix) for prefix in prefixes)] == []


def test_servers_import_nothing_of_the_device_but_the_wire() -> None:
    """No module of lambdas or model_export names a module of edge_client outside edge_client.wire, not even
    one that is younger than the contract's list; but what judges an agency's files for whoever publishes."""
    named = {
        (path.relative_to(ROOT).as_posix(), module)
        for package in ("lambdas", "model_export")
        for path in (ROOT / package).rglob("*.py")
        for module in imported(path)
        if module == "edge_client" or module.startswith("edge_client.")
    }
    assert named
    beyond = {each for each in named if not each[1].startswith("edge_client.wire.")}
    assert {path for path, _ in beyond} <= {
        path.relative_to(ROOT).as_posix() for path in (ROOT / "lambdas/shared/publishing").glob("*.py")
    }
    assert {f"{module.replace('.', '/')}.py" for _, module in beyond} <= set(JUDGING)


def test_every_function_is_in_the_contract() -> None:
    """The contract between functions names all of them, also those that came after it."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (siblings,) = (
        contract["modules"]
        for contract in settings["tool"]["importlinter"]["contracts"]
        if contract["name"] == SIBLINGS
    )
    assert sorted(siblings) == sorted(
        f"lambdas.{handler.parent.name}" for handler in (ROOT / "lambdas").glob("*/handler.py")
    )


def imported(path: Path) -> set[str]:
    """Every module that a file names in an import, wherever in the file that stands."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    plain = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    return plain | {
        f"{node.module}.{name.name}" if node.module in {"edge_client", "lambdas"} else node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module
        for name in node.names
    }


def test_every_module_of_the_device_is_kept_from_servers() -> None:
    """Whatever is added to the device's code beside `wire` is named in the contract that holds servers."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (wire,) = (contract for contract in contracts if contract["name"] == WIRE)
    modules = {path.stem for path in (ROOT / "edge_client").glob("[!_]*.py")}
    rooms = {path.parent.name for path in (ROOT / "edge_client").glob("*/__init__.py")} - {"wire"}
    assert set(wire["forbidden_modules"]) == {f"edge_client.{name}" for name in modules | rooms}
