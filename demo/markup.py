"""From pages to HTML: Markdown bodies, Jinja templates, and the words of the site's own furniture."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup

from consent_ledger.errors import Malformed
from demo.content import LANGUAGES


def render_markdown(text: str) -> Markup:
    """HTML of a page's body: CommonMark and tables; raw HTML is shown as text, never passed on."""
    # An editor's text is trusted as text only: a pasted script must not run on a citizen's device.
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    return Markup(parser.render(text))  # noqa: S704 - the parser escapes all HTML in the source


def load_words(path: Path) -> dict[str, Mapping[str, str]]:
    """The furniture's words by language; raises Malformed when a language lacks one."""
    raw: dict[str, dict[str, str]] = yaml.safe_load(path.read_text("utf-8"))
    words: dict[str, Mapping[str, str]] = {lang: {} for lang in LANGUAGES}
    for lang in LANGUAGES:
        missing = [key for key, texts in raw.items() if not texts.get(lang)]
        if missing:
            raise Malformed(f"words: {missing[0]} is missing in language {lang}")
        words[lang] = {key: texts[lang] for key, texts in raw.items()}
    return words


def environment(templates: Path) -> Environment:
    """Jinja with escaping on, and a failure for every name that a template misspells."""
    return Environment(
        loader=FileSystemLoader(templates),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
