"""SAM CLI's own reading of the templates, as JSON; run by the Python of .venv-sam.

The one argument is the root template. Standard input is a JSON list of requests, each `{"method", "path",
"query", "headers", "body"}`. Standard output is `{"routes": [[method, path, function]...], "answers":
[...]}`: for each request the function's event, or null where SAM CLI calls none.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from samcli.lib.providers.api_provider import ApiProvider
from samcli.lib.providers.sam_stack_provider import SamLocalStackProvider
from samcli.local.apigw.local_apigw_service import LocalApigwService


class Recorder:
    """Stands where SAM CLI would start a container: keeps the event, and answers."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    def is_debugging(self) -> bool:
        return False

    def invoke(self, function: str, event: str, *, stdout: Any, **_: Any) -> None:
        self.events.append({"function": function, **json.loads(event)})
        stdout.write_str('{"statusCode": 200, "body": ""}')


def answer(service: LocalApigwService, recorder: Recorder, request: dict[str, Any]) -> dict[str, Any] | None:
    before = len(recorder.events)
    service._app.test_client().open(
        request["path"],
        method=request["method"],
        query_string=request["query"],
        headers=request["headers"],
        data=request["body"],
    )
    return recorder.events[-1] if len(recorder.events) > before else None


def main(template: Path) -> None:
    stacks, _ = SamLocalStackProvider.get_stacks(str(template))
    api = ApiProvider(stacks).api
    recorder = Recorder()
    service = LocalApigwService(api, recorder, static_dir=None, port=8000, host="127.0.0.1")
    service.create()
    routes = [[method, route.path, route.function_name] for route in api.routes for method in route.methods]
    answers = [answer(service, recorder, request) for request in json.load(sys.stdin)]
    json.dump({"routes": sorted(routes), "answers": answers}, sys.stdout)


if __name__ == "__main__":
    os.environ["SAM_CLI_TELEMETRY"] = "0"
    main(Path(sys.argv[1]))
