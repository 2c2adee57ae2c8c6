"""MiniStack with SAM's transform in nested stacks too, as CloudFormation has it.

Run by the Python of .venv-ministack. By itself MiniStack expands the template that is sent,
and none that this names.
"""

from __future__ import annotations

from typing import Any


def main() -> None:
    """Run MiniStack's own main, with that added."""
    from ministack import app  # type: ignore[import-not-found]  # lives in an environment of its own
    from ministack.services.cloudformation import engine  # type: ignore[import-not-found]

    parse = engine._parse_template

    def expanded(body: str) -> dict[str, Any]:
        template: dict[str, Any] = engine._apply_transforms(parse(body))
        return template

    # What reads the root's template has the plain one by name already; nested stacks look it up here.
    engine._parse_template = expanded
    app.main()


if __name__ == "__main__":
    main()
