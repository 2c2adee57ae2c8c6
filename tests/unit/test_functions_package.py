"""What is uploaded to run on servers."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from nearside.functions_package import package
from nearside.publisher_package import JUDGES, package_publisher
from nearside.trainer_package import package_trainer
from tests.support.templates import ROOT, functions

PROBE = """
import importlib, json, sys
sys.path.insert(0, sys.argv[1])
sys.meta_path = [finder for finder in sys.meta_path if "editable" not in repr(finder).lower()]
sys.path = [entry for entry in sys.path if entry != sys.argv[2]]
for module in sys.argv[3:]:
    importlib.import_module(module)
names = ("consent_ledger", "edge_client", "lambdas", "nearside", "model_export", "demo")
ours = {name: m.__file__ for name, m in sys.modules.items() if name.partition(".")[0] in names}
print(json.dumps(ours))
"""

PARSERS = """
import importlib, json, sys
for module in sys.argv[1:]:
    importlib.import_module(module)
print(json.dumps(sorted({"lxml", "yaml"} & set(sys.modules))))
"""
_FOLDERS = ("publisher", "importer", "trainer")


def handlers_in(*folders: str) -> list[str]:
    """The handlers' modules of the functions that are packed in these folders."""
    return [
        function.properties["Handler"].rpartition(".")[0]
        for function in functions()
        if function.properties["CodeUri"] in {f"../build/{folder}" for folder in folders}
    ]


def test_every_function_runs_from_the_package_alone(tmp_path: Path) -> None:
    """All handlers import from the folder, and nothing of ours from anywhere else."""
    out = tmp_path / "functions"
    assert package(ROOT, out) > 20
    handlers = handlers_in("functions", "trainer", "importer")
    done = subprocess.run(
        [sys.executable, "-c", PROBE, str(out), str(ROOT), *handlers],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    imported = json.loads(done.stdout)
    assert set(handlers) <= set(imported)
    assert all(file.startswith(str(out)) for file in imported.values())


def test_no_code_of_the_device_reaches_a_server(tmp_path: Path) -> None:
    """Of `edge_client` the package holds the wire formats; requirements come locked, with hashes."""
    out = tmp_path / "functions"
    package(ROOT, out)
    assert sorted(path.name for path in (out / "edge_client").iterdir()) == ["__init__.py", "wire"]
    assert "--hash=sha256:" in (out / "requirements.txt").read_text()
    assert not list(out.rglob("__pycache__"))


def test_packaging_again_leaves_nothing_of_before(tmp_path: Path) -> None:
    """A module that was removed is not deployed from an older run."""
    out = tmp_path / "functions"
    package(ROOT, out)
    (out / "lambdas" / "forgotten.py").write_text("")
    package(ROOT, out)
    assert not (out / "lambdas" / "forgotten.py").exists()


def test_what_trains_is_packed_with_what_it_trains_by(tmp_path: Path) -> None:
    """Its handler and its learner import from the folder alone; of the device it has the wire formats."""
    out = tmp_path / "trainer"
    assert package_trainer(ROOT, out) > 100
    modules = (
        "lambdas.propose_model.handler",
        "lambdas.propose_model.learner",
        "lambdas.page_model.handler",
        "lambdas.page_model.maker",
    )
    done = subprocess.run(
        [sys.executable, "-c", PROBE, str(out), str(ROOT), *modules],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    imported = json.loads(done.stdout)
    assert {*modules, "model_export.training"} <= set(imported)
    assert all(file.startswith(str(out)) for file in imported.values())
    assert sorted(path.name for path in (out / "edge_client").iterdir()) == ["__init__.py", "wire"]


def test_what_publishes_is_packed_with_what_judges_and_no_more_of_the_device(tmp_path: Path) -> None:
    """It imports from the folder alone, and needs every one of the device's modules that it holds."""
    out = tmp_path / "publisher"
    assert package_publisher(ROOT, out) > 20
    modules = handlers_in("publisher")
    assert "lambdas.publish_bundle.handler" in modules
    done = subprocess.run(
        [sys.executable, "-c", PROBE, str(out), str(ROOT), *modules],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    imported = json.loads(done.stdout)
    assert set(modules) <= set(imported)
    assert all(file.startswith(str(out)) for file in imported.values())
    beyond = {path.relative_to(out).as_posix() for path in (out / "edge_client").rglob("*.py")} - {
        path.relative_to(out).as_posix() for path in (out / "edge_client" / "wire").rglob("*.py")
    }
    assert beyond == {"edge_client/__init__.py", *JUDGES}
    assert {str(out / name) for name in JUDGES} <= set(imported.values())
    locked = (out / "requirements.txt").read_text()
    assert "tzdata==" in locked
    assert "brotli==" in locked


def test_the_makefile_of_what_trains_refuses_more_than_lambda_unpacks(tmp_path: Path) -> None:
    """The limit in it is Lambda's, 250 MiB, and a folder above it stops the build."""
    recipe = (ROOT / "infra" / "trainer.mk").read_text()
    assert f"MOST_BYTES := {250 * 1024 * 1024}\n" in recipe
    measured = next(line.strip() for line in recipe.splitlines() if line.strip().startswith("bytes="))
    (tmp_path / "one").write_bytes(b"x" * 10_000)
    for limit, status in ((100_000, 0), (9_999, 1)):
        line = measured.replace("$$", "$").replace("$(OUT)", str(tmp_path))
        done = subprocess.run(
            ["sh", "-c", line.replace("$(MOST_BYTES)", str(limit))], capture_output=True, check=False
        )
        assert done.returncode == status


def test_what_reads_files_of_others_is_packed_with_one_function_alone() -> None:
    """Parsers of XML, HTML and YAML are in one lock; one function is built from it, and no other has them."""
    locks = {name: (ROOT / "requirements" / f"{name}.txt").read_text() for name in ("runtime", *_FOLDERS)}
    for library in ("lxml", "pyyaml"):
        assert [name for name, lock in locks.items() if f"\n{library}==" in lock] == ["importer"]
    assert handlers_in("importer") == ["lambdas.agency_imports.handler"]
    done = subprocess.run(
        [sys.executable, "-c", PARSERS, *handlers_in("functions", "publisher")],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    assert json.loads(done.stdout) == []
