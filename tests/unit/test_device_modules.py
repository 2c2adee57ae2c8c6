"""The wheel that devices load holds what they import, and nothing else of ours."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from nearside.device_modules import files_of_the_device
from nearside.edge_build import build_wheel

PROBE = """
import json, sys
from types import ModuleType
class Browser(ModuleType):
    def __getattr__(self, name):
        return type(name, (Exception,), {})
for name in ("js", "pyodide", "pyodide.ffi"):
    sys.modules[name] = Browser(name)
sys.path[:] = [sys.argv[1], *(place for place in sys.path if place.startswith(sys.base_prefix))]
sys.meta_path = [finder for finder in sys.meta_path if "editable" not in repr(finder).lower()]
import edge_client.pyodide_host
ours = {name: module.__file__ for name, module in sys.modules.items()
        if name.partition(".")[0] in ("consent_ledger", "edge_client")}
print(json.dumps(ours))
"""


def module_of(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def test_the_wheel_holds_exactly_what_the_device_imports(tmp_path: Path) -> None:
    """The host starts from the wheel alone, and has then imported every module of ours that is in it."""
    wheel, site = build_wheel(tmp_path), tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
        held = {module_of(name) for name in archive.namelist() if ".dist-info/" not in name}
    done = subprocess.run(
        [sys.executable, "-I", "-c", PROBE, str(site)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    imported: dict[str, str] = json.loads(done.stdout)
    assert held == set(imported)
    assert all(Path(file).is_relative_to(site) for file in imported.values())
    assert not held & {"consent_ledger.ed25519", "consent_ledger.witness", "consent_ledger.storage"}


@pytest.mark.parametrize(
    "line",
    [
        "import edge_client.far.away",
        "from edge_client.far import away",
        "from edge_client.far.away import NAME",
        "def late():\n    from edge_client.far import away",
    ],
)
def test_an_import_is_found_however_it_is_written(tmp_path: Path, line: str) -> None:
    """A module in a folder of its own comes with its packages; what nobody imports, and others', stays."""
    names = ("__init__", "pyodide_host", "unused", "far/__init__", "far/away")
    for name in names:
        file = tmp_path / "edge_client" / f"{name}.py"
        file.parent.mkdir(exist_ok=True)
        file.write_text("import json\n")
    (tmp_path / "edge_client/pyodide_host.py").write_text(f"{line}\n")
    found = {file.relative_to(tmp_path / "edge_client").as_posix() for file in files_of_the_device(tmp_path)}
    assert found == {"__init__.py", "pyodide_host.py", "far/__init__.py", "far/away.py"}
