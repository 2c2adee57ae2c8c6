"""The agency API under cases made from its own description: it never fails, and says only what it describes.

Schemathesis makes the cases, right and wrong ones, from docs/openapi.json; `make fuzz` has it make a thousand
for each operation.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from lambdas.shared.agency.roles import Role
from nearside.local.stack import Stack
from tests.support.agency_people import token_of

pytest_plugins = ["tests.support.stack"]
pytestmark = [pytest.mark.stack, pytest.mark.timeout(7200)]

ROOT = Path(__file__).parents[2]
FUZZER = ROOT / ".venv-fuzz" / "bin" / "st"
CASES = int(os.environ.get("CASES", "2"))
# One site, so that cases get past its name; whose it is has tests of its own.
SETTINGS = """
headers = { "Authorization" = "Bearer ${TOKEN}" }
request-timeout = 60.0
continue-on-failure = true
[parameters]
"path.site" = "riverton"
# What a description of types cannot say, parsers hold: it may be described, and still be refused.
[checks.positive_data_acceptance]
enabled = false
# A method that no route has is 404, as API Gateway answers.
[checks.unsupported_method]
enabled = false
"""


@pytest.mark.parametrize(
    ("roles", "paths", "least"),
    [
        # Whoever may not change people is told by the gateway, which looks at no header.
        ((Role.AUTHOR, Role.APPROVER, Role.DEVELOPER), "^/agency/(?!team)", 20),
        ((Role.PRIVACY_OFFICER,), "/(veto|pause|resume|lift)$", 4),
        ((Role.ADMINISTRATOR,), "^/agency/team", 4),
    ],
)
def test_no_case_makes_it_fail_or_say_what_it_does_not_describe(
    stack: Stack, stack_state: Path, tmp_path: Path, *, roles: tuple[Role, ...], paths: str, least: int
) -> None:
    """Whoever works for the agency sends whatever the description allows, and what it does not."""
    (tmp_path / "schemathesis.toml").write_text(SETTINGS)
    done = subprocess.run(
        [
            FUZZER,
            f"--config-file={tmp_path / 'schemathesis.toml'}",
            "run",
            ROOT / "docs" / "openapi.json",
            f"--url={stack.url}",
            f"--include-path-regex={paths}",
            f"--max-examples={CASES}",
            "--seed=1",
            "--phases=examples,coverage,fuzzing",
            "--no-color",
        ],
        env={**os.environ, "TOKEN": token_of(stack_state, *roles), "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    tested = re.search(r"Tested: ([0-9]+)", done.stdout)
    assert tested is not None
    assert int(tested[1]) >= least
