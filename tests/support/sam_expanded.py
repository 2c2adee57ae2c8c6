"""What SAM makes of a template with these parameters, as JSON: the type of each resource.

Run by the Python of .venv-sam. The arguments are the template and a JSON object of parameters.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from samcli.yamlhelper import yaml_parse
from samtranslator.translator.transform import transform


class NoPolicies:
    """Roles name their own actions: no policy of AWS's is looked up."""

    def load(self) -> dict[str, str]:
        return {}


def main(template: Path, parameters: dict[str, str]) -> None:
    written = yaml_parse(template.read_text("utf-8"))
    for resource in written["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = "s3://code/zip"
    # SAM takes its own globals out of the function, and the folder of the code with them.
    written["Globals"]["Function"].pop("CodeUri", None)
    made = transform(written, parameters, NoPolicies())
    json.dump({name: resource["Type"] for name, resource in made["Resources"].items()}, sys.stdout)


if __name__ == "__main__":
    main(Path(sys.argv[1]), json.loads(sys.argv[2]))
