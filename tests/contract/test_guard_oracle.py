"""Our reading of authorisers and scopes is that of SAM's own transformation, on the templates and beside.

SAM CLI's local gateway is no oracle for this: it serves routes with an authoriser of JWTs to everybody.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from nearside.local.routes import read_routes
from nearside.local.template import load
from tests.support.templates import ROOT

PYTHON = ROOT / ".venv-sam" / "bin" / "python"
EVERY_WAY = """
Transform: AWS::Serverless-2016-10-31
Parameters:
  Issuer: {Type: String}
Globals:
  Function: {Handler: a.b, Runtime: python3.13}
Resources:
  Open: {Type: AWS::Serverless::HttpApi}
  Api:
    Type: AWS::Serverless::HttpApi
    Properties:
      Auth:
        DefaultAuthorizer: Agency
        Authorizers:
          Agency:
            IdentitySource: $request.header.Authorization
            JwtConfiguration: {issuer: !Ref Issuer, audience: [api]}
            AuthorizationScopes: [agency/read]
          Other:
            IdentitySource: $request.header.Authorization
            JwtConfiguration: {Issuer: !Ref Issuer, Audience: [api]}
  Function:
    Type: AWS::Serverless::Function
    Properties:
      Role: arn:x:iam::1:role/x
      Events:
        A: {Type: HttpApi, Properties: {ApiId: !Ref Api, Method: GET, Path: /default}}
        B: {Type: HttpApi, Properties: {ApiId: !Ref Api, Method: GET, Path: /scoped,
            Auth: {AuthorizationScopes: [agency/edit, agency/team]}}}
        C: {Type: HttpApi, Properties: {ApiId: !Ref Api, Method: GET, Path: /open,
            Auth: {Authorizer: NONE}}}
        D: {Type: HttpApi, Properties: {ApiId: !Ref Api, Method: GET, Path: /other,
            Auth: {Authorizer: Other}}}
        E: {Type: HttpApi, Properties: {ApiId: !Ref Api, Method: GET, Path: /none,
            Auth: {AuthorizationScopes: []}}}
        F: {Type: HttpApi, Properties: {ApiId: !Ref Open, Method: GET, Path: /default}}
        G: {Type: HttpApi, Properties: {ApiId: !Ref Api, Method: GET, Path: /both,
            Auth: {Authorizer: Other, AuthorizationScopes: [agency/veto]}}}
        H: {Type: HttpApi, Properties: {ApiId: !Ref Api, Method: POST, Path: "/named/{x}",
            Auth: {Authorizer: Agency}}}
"""


def ours(template: Path) -> list[list[Any]]:
    """API, method, path, authoriser and scopes of each route of one template."""
    return [
        [
            route.api.logical_id if route.api else None,
            route.method.lower(),
            route.path,
            route.guard.name if route.guard else None,
            list(route.guard.scopes) if route.guard else [],
        ]
        for route in read_routes(load(template))
    ]


def as_text(guards: list[list[Any]]) -> list[str]:
    # What SAM calls NONE, API Gateway takes for no authoriser, and so do we.
    return sorted(json.dumps([*each[:3], None if each[3] == "NONE" else each[3], each[4]]) for each in guards)


def test_every_route_is_guarded_as_sam_reads_it(tmp_path: Path) -> None:
    """Of our templates, and of one that says it in every way that there is."""
    if not PYTHON.exists():
        pytest.skip("the SAM CLI is not installed: run make suites, which installs it")
    every_way = tmp_path / "every_way.yaml"
    every_way.write_text(EVERY_WAY)
    templates = [
        each
        for each in sorted((ROOT / "infra").glob("*.yaml"))
        if "AWS::Serverless::HttpApi" in each.read_text()
    ]
    done = subprocess.run(
        [PYTHON, ROOT / "tests" / "support" / "sam_guards.py", every_way, *templates],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": "/usr/bin:/bin"},
    )
    mine = [each for template in (every_way, *templates) for each in ours(template)]
    assert len(mine) > len(ours(every_way)) == 8
    assert as_text(mine) == as_text(json.loads(done.stdout))
