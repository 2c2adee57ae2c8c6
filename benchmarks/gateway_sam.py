"""SAM CLI's own gateway with nothing behind it; run by the Python of .venv-sam for `benchmarks.gateway`.

The arguments are a template and a port. Where SAM CLI would start a container for every call, each call is
answered at once: what is measured is its gateway, with its web server, and not Docker.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from samcli.lib.providers.api_provider import ApiProvider
from samcli.lib.providers.sam_stack_provider import SamLocalStackProvider
from samcli.local.apigw.local_apigw_service import LocalApigwService


class Nothing:
    """Stands where a container would be."""

    def is_debugging(self) -> bool:
        """Say that nobody steps through a function."""
        return False

    def invoke(self, function: str, event: str, *, stdout: Any, **_: Any) -> None:
        """Answer at once."""
        stdout.write_str('{"statusCode": 200, "body": ""}')


def main(template: Path, port: int) -> None:
    """Serve until killed."""
    stacks, _ = SamLocalStackProvider.get_stacks(str(template))
    api = ApiProvider(stacks).api
    service = LocalApigwService(api, Nothing(), static_dir=None, port=port, host="127.0.0.1")
    service.create()
    service.run()


if __name__ == "__main__":
    os.environ["SAM_CLI_TELEMETRY"] = "0"
    main(Path(sys.argv[1]), int(sys.argv[2]))
