"""Functions start cold: what they import is counted, and what is slow to import is banned."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from nearside.publisher_package import JUDGES
from tests.support.templates import functions

MOST_MODULES = 620
# The agency API's border is pydantic's.
AGENCY = tuple(f"lambdas.agency_{name}.handler" for name in ("acts", "drafts", "imports", "team", "views"))
BANNED = ("aws_xray_sdk", "numpy", "pydantic", "onnx", "sklearn", "requests", "nearside", "model_export")
PROBE = """
import importlib, json, sys
handler = importlib.import_module(sys.argv[1])
if hasattr(handler, "routes"):
    handler.routes()
from lambdas.shared import clients
from lambdas.shared.settings import AwsSettings
needs_aws = sys.argv[1] != "lambdas.health.handler"
if needs_aws:
    clients.dynamodb(AwsSettings("eu-west-1", "http://127.0.0.1:9", "a", "b"))
print(json.dumps(sorted(sys.modules)))
"""


@pytest.mark.parametrize("function", functions(), ids=lambda function: function.logical_id)
def test_a_cold_start_imports_little(function: object) -> None:
    """At most 620 modules with the first client and all routes made, none that is banned; of the device only
    the wire, but where it is packed with what judges an agency's files. The agency API has pydantic too."""
    module = function.properties["Handler"].rpartition(".")[0]  # type: ignore[attr-defined]  # a Resource
    done = subprocess.run(
        [sys.executable, "-c", PROBE, module], capture_output=True, text=True, check=True, timeout=60
    )
    imported = json.loads(done.stdout)
    banned = set(BANNED) - {"pydantic"} if module in AGENCY else set(BANNED)
    assert len(imported) <= MOST_MODULES
    assert [name for name in imported if name.partition(".")[0] in banned] == []
    device = {name for name in imported if name.startswith("edge_client")}
    judges = {name.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for name in JUDGES}
    allowed = judges if function.properties["CodeUri"] == "../build/publisher" else set()  # type: ignore[attr-defined]  # as above
    beyond = {name for name in device if not name.startswith("edge_client.wire")} - {"edge_client"}
    assert beyond <= allowed
