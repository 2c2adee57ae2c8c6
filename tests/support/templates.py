"""The templates as tests look into them."""

from __future__ import annotations

from pathlib import Path

from nearside.local.template import Resource, load, walk

ROOT = Path(__file__).resolve().parent.parent.parent


def resources(*kinds: str) -> list[Resource]:
    """What the deployment has of these types, and a witness beside it."""
    roots = (load(ROOT / "template.yaml"), load(ROOT / "infra" / "witness.yaml", stack="witness"))
    return [each for root in roots for each in walk(root) if each.type in kinds]


def functions() -> list[Resource]:
    """Every function of ours."""
    return resources("AWS::Serverless::Function")
