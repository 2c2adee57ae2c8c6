"""The bill of what is shipped says what the locks say."""

from __future__ import annotations

import json
import re

import pytest

from consent_ledger.errors import Malformed
from nearside.sbom import SHIPPED, bill, components, packages
from tests.support.templates import ROOT


@pytest.mark.parametrize("group", SHIPPED)
def test_every_package_of_a_lock_is_in_its_bill(group: str) -> None:
    """Name, version and each hash; two runs print the same bytes."""
    lock = (ROOT / "requirements" / f"{group}.txt").read_text("utf-8")
    said = json.loads(bill(group, components(lock)))
    pinned = re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\\\n]+)", lock, re.MULTILINE)
    assert [(each["name"], each["version"]) for each in said["components"]] == pinned
    listed = [prop["value"] for each in said["components"] for prop in each["properties"]]
    assert sorted(listed) == sorted(re.findall(r"sha256:([0-9a-f]{64})", lock))
    assert bill(group, components(lock)) == bill(group, components(lock))


def test_a_package_without_hashes_is_no_lock() -> None:
    """What could be any file is not said to be this one."""
    with pytest.raises(Malformed, match="boto3 has no hashes"):
        bill("x", components("boto3==1.0\n    # via -r x\n"))


def test_what_devices_load_is_in_a_bill_and_no_tool_is() -> None:
    """The program and the fonts, each with what npm checks it by."""
    said = json.loads(bill("devices", packages((ROOT / "package-lock.json").read_text("utf-8"))))
    names = {each["name"] for each in said["components"]}
    assert {"pyodide", "onnxruntime-web"} <= names
    assert not names & {"typescript", "prettier", "axe-core"}
    assert all(each["properties"][0]["value"].startswith("sha") for each in said["components"])
