"""What runs on the citizen's device, and what verifies receipts there, needs nothing but Python."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
OURS = {"consent_ledger", "edge_client"}
EXCEPTIONS = {
    "consent_ledger/ed25519.py": {"cryptography"},
    "edge_client/pyodide_host.py": {"js", "pyodide"},
}


def imports(path: Path) -> set[str]:
    """The top-level packages that a file imports, relative imports counted as our own."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module.split(".")[0])
    return found


def foreign(path: Path) -> set[str]:
    return imports(path) - set(sys.stdlib_module_names) - OURS


def test_the_device_and_the_ledger_use_the_standard_library_alone() -> None:
    """Every module imports the standard library and one another; the two exceptions import what they say."""
    files = [path for package in sorted(OURS) for path in sorted((ROOT / package).rglob("*.py"))]
    found = {path.relative_to(ROOT).as_posix(): foreign(path) for path in files}
    assert len(found) > 40
    assert {name: packages for name, packages in found.items() if packages} == EXCEPTIONS


def test_no_module_is_imported_by_its_name_in_a_string() -> None:
    """Nothing in those packages goes around the import statement."""
    hidden = {
        (path.relative_to(ROOT).as_posix(), node.func.id)
        for package in OURS
        for path in (ROOT / package).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in {"__import__", "import_module", "exec", "eval"}
    }
    assert hidden == set()


def test_a_foreign_import_is_noticed(tmp_path: Path) -> None:
    """A package from elsewhere is found wherever in a module it is imported."""
    module = tmp_path / "module.py"
    module.write_text(
        "import hashlib\n\ndef late() -> None:\n    from numpy import array\n", encoding="utf-8"
    )
    assert foreign(module) == {"numpy"}
