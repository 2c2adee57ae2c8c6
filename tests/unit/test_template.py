"""The template reader resolves what CloudFormation would, and refuses what it does not know."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from consent_ledger.errors import Malformed, Refused
from nearside.local.intrinsics import Resolver
from nearside.local.names import LocalValues
from nearside.local.routes import read_routes
from nearside.local.template import Scope, load, walk

CHILD = """
Parameters:
  Name: {Type: String}
  Colour: {Type: String, Default: red, AllowedValues: [red, blue]}
Conditions:
  IsBlue: !Equals [!Ref Colour, blue]
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    Condition: IsBlue
    Properties: {TableName: !Ref Name}
Outputs:
  Joined: {Value: !Join ["-", [!Ref Name, !Ref Table]]}
  Arn: {Value: !GetAtt Table.Arn}
"""
ROOT = """
Parameters:
  Site: {Type: String, Default: one, AllowedPattern: "[a-z]+"}
  Empty: {Type: String, Default: ""}
Conditions:
  HasEmpty: !Not [!Equals [!Ref Empty, ""]]
  Both: !And [!Condition HasEmpty, !Condition HasEmpty]
  Either: !Or [!Condition HasEmpty, !Equals [a, a]]
Resources:
  Child:
    Type: AWS::Serverless::Application
    Properties:
      Location: child.yaml
      Parameters: {Name: !Sub "${Site}-${AWS::Region}"}
  Bucket: {Type: AWS::S3::Bucket}
Outputs:
  Joined: {Value: !GetAtt Child.Outputs.Joined}
  Sub: {Value: !Sub ["${Bucket.Arn}/${x}/${!literal}", {x: !Ref Site}]}
  Select: {Value: !Select [1, !Split [",", "a,b"]]}
  Dropped: {Value: [1, !If [HasEmpty, 2, !Ref AWS::NoValue]]}
  Nested: {Value: {kept: 1, gone: !Ref AWS::NoValue}}
  Both: {Value: !If [Both, yes, no]}
  Either: {Value: !If [Either, 1, 2]}
  Unknown: {Value: !Cidr [a, b, c]}
  Missing: {Value: !Ref Nothing}
"""


@pytest.fixture
def root(tmp_path: Path) -> Scope:
    (tmp_path / "child.yaml").write_text(CHILD)
    (tmp_path / "root.yaml").write_text(ROOT)
    return load(tmp_path / "root.yaml")


@pytest.fixture
def resolver() -> Resolver:
    return Resolver(LocalValues("http://127.0.0.1:1", "127.0.0.1:2", {}))


@pytest.mark.parametrize(
    ("output", "value"),
    [
        ("Joined", "one-us-east-1-nearside-child-table"),
        ("Sub", "arn:aws:s3:::nearside-bucket/one/${literal}"),
        ("Select", "b"),
        ("Dropped", [1]),
        ("Nested", {"kept": 1}),
        ("Both", False),
        ("Either", 1),
    ],
)
def test_intrinsic_functions(root: Scope, resolver: Resolver, output: str, value: Any) -> None:
    """Names resolve through nested stacks; what has no value is dropped with its key."""
    assert resolver.output(root, output) == value


@pytest.mark.parametrize("output", ["Unknown", "Missing", "Absent"])
def test_what_is_not_known_is_malformed(root: Scope, resolver: Resolver, output: str) -> None:
    """An unknown function, name or output is an error and never a guess."""
    with pytest.raises(Malformed, match=r"^template: root\.yaml"):
        resolver.output(root, output)


def test_a_false_condition_removes_the_resource(root: Scope, resolver: Resolver) -> None:
    """The child's table is only there when its colour is blue."""
    (table,) = [each for each in walk(root) if each.path == "Child/Table"]
    assert not resolver.exists(table)


@pytest.mark.parametrize(
    "arguments", [{"Site": "UPPER"}, {"Nobody": "x"}], ids=["against its pattern", "not a parameter"]
)
def test_parameters_are_checked(root: Scope, resolver: Resolver, arguments: dict[str, str]) -> None:
    """A value outside its pattern, or for no parameter, is malformed."""
    with pytest.raises(Malformed):
        resolver.output(load(root.file, arguments), "Sub")


@pytest.mark.parametrize("text", ["a: [", "just text", "Outputs: {}"])
def test_a_file_that_is_no_template_is_malformed(tmp_path: Path, text: str) -> None:
    """Neither broken YAML nor YAML without resources passes; nor a file that is not there."""
    (tmp_path / "bad.yaml").write_text(text)
    with pytest.raises(Malformed, match=r"^template: bad\.yaml"):
        load(tmp_path / "bad.yaml")
    with pytest.raises(Malformed, match="cannot be read"):
        load(tmp_path / "none.yaml")


FUNCTION = """
Resources:
  Api: {Type: AWS::Serverless::HttpApi%s}
  Function:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        Request: {Type: %s, Properties: {Method: GET, Path: %s%s}}
"""


@pytest.mark.parametrize(
    "parts",
    [
        (", Properties: {Auth: {DefaultAuthorizer: x}}", "HttpApi", "/a", ""),
        ("", "HttpApi", "/a", ", Auth: {Authorizer: x}"),
        ("", "Api", "/a", ""),
        ("", "Cognito", "/a", ""),
    ],
)
def test_what_would_guard_a_route_elsewhere_is_never_left_out(tmp_path: Path, parts: tuple[str, ...]) -> None:
    """Authorisers and unknown kinds of events fail closed: no request would meet them here."""
    (tmp_path / "t.yaml").write_text(FUNCTION % parts)
    with pytest.raises(Refused, match="nobody plays here"):
        read_routes(load(tmp_path / "t.yaml"))


@pytest.mark.parametrize(("path", "more"), [("a", ""), ("/a", ', PayloadFormatVersion: "1.0"')])
def test_a_route_that_is_no_route_is_malformed(tmp_path: Path, path: str, more: str) -> None:
    """A path without a slash, or the older payload format, is malformed."""
    (tmp_path / "t.yaml").write_text(FUNCTION % ("", "HttpApi", path, more))
    with pytest.raises(Malformed):
        read_routes(load(tmp_path / "t.yaml"))
