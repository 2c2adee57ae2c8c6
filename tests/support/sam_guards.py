"""What SAM's own transformation makes of the authorisers of routes, as JSON; run by the Python of .venv-sam.

The arguments are templates. Standard output is a list of `[api, method, path, authoriser, scopes]`, the
authoriser null where a route is open to everybody.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import boto3
from samcli.yamlhelper import yaml_parse
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

_REGION = "eu-west-1"


def guards(template: Path) -> list[list[Any]]:
    document = yaml_parse(template.read_text())
    # What SAM CLI would put there once it has packed the code.
    document.setdefault("Globals", {}).setdefault("Function", {})["CodeUri"] = "s3://bucket/key"
    for each in document["Resources"].values():
        if "CodeUri" in each.get("Properties", {}):
            each["Properties"]["CodeUri"] = "s3://bucket/key"
    parameters = {name: each.get("Default", "x") for name, each in document.get("Parameters", {}).items()}
    made = Translator({}, Parser(), boto_session=boto3.Session(region_name=_REGION)).translate(
        document, parameters
    )
    return [
        [logical_id, method, path, *guard]
        for logical_id, resource in made["Resources"].items()
        if resource["Type"] == "AWS::ApiGatewayV2::Api"
        for path, methods in resource["Properties"]["Body"]["paths"].items()
        for method, operation in methods.items()
        for guard in _guards(operation)
    ]


def _guards(operation: dict[str, Any]) -> list[list[Any]]:
    asked = operation.get("security", [])
    return [[name, scopes] for each in asked for name, scopes in each.items()] or [[None, []]]


if __name__ == "__main__":
    json.dump(sorted(each for name in sys.argv[1:] for each in guards(Path(name))), sys.stdout)
