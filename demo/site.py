"""Builds the demo: the public-service site of Riverton, a fictional city, as plain files with clean paths."""

from __future__ import annotations

import json
import shutil
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import click
from jinja2 import Environment

from demo.assets import write_assets
from demo.catalogue import SITE, catalogue_of, translations_of
from demo.contacts import Contact, load_contacts
from demo.content import LANGUAGES, Page, load_pages
from demo.fields import Field, form_of, load_fields
from demo.markup import environment, load_words, render_markdown
from demo.pictures import Pictures, load_pictures
from edge_client.wire.catalogue import Catalogue
from nearside.search_index import search_indexes

HERE = Path(__file__).resolve().parent
CARDS = 3
ARTICLES = ("page", "preferences", "alerts", "flow")
DIRECTIONS = {"en": "ltr", "ar": "rtl"}
_GPC = {"gpc": True, "lastUpdate": "2026-11-02"}
_ROBOTS = "User-agent: *\nDisallow: /nearside/\n"


@dataclass(frozen=True, slots=True)
class ScriptTag:
    """What the one script on every page is told: the site's name, and the keys that it may trust."""

    site: str
    agency_key: str
    ledger_key: str


@dataclass(frozen=True, slots=True)
class _Press:
    """Everything that rendering a page needs, gathered once."""

    pages: Mapping[str, Page]
    translations: Mapping[str, Mapping[str, str]]
    fields: Mapping[tuple[str, str], Field]
    words: Mapping[str, Mapping[str, str]]
    pictures: Pictures
    contacts: Mapping[str, Sequence[Contact]]
    jinja: Environment
    script: ScriptTag | None

    def page(self, page: Page) -> str:
        """The HTML of one content page."""
        siblings = [other for other in self.pages.values() if other.topic == page.topic]
        return self._render(
            f"{page.layout}.html",
            page,
            path=page.id,
            body=render_markdown(page.body),
            cards=self._named((page.featured or page.related)[:CARDS]),
            lead=self.pages.get(page.lead),
            discover=self._named(page.discover),
            slides=self._named(page.slides),
            more=self._named(page.related[CARDS:]),
            siblings=sorted(
                (o for o in siblings if o.lang == page.lang and o.layout in ARTICLES), key=lambda o: o.title
            ),
            item=page.id,
            contacts=self.contacts[page.lang] if _name_of(page) == "contact" else [],
            letters=_letters(page, self.pages.values()) if page.layout == "services" else [],
        )

    def form(self, page: Page) -> str:
        """The HTML of a transaction's form."""
        return self._render(
            "form.html",
            page,
            path=f"{page.id}/apply",
            fields=form_of(page, self.fields),
            name=_name_of(page),
            item=None,
        )

    def renewal(self, page: Page) -> str:
        """The HTML of the form by which what was applied for is renewed."""
        return self._render(
            "renew.html",
            page,
            path=f"{page.id}/renew",
            fields=form_of(page, self.fields, asked=page.renewal),
            name=_name_of(page),
            item=None,
            below="/renew",
        )

    def done(self, page: Page) -> str:
        """The HTML of the page that follows the form."""
        return self._render("done.html", page, path=f"{page.id}/done", item=None)

    def check(self, page: Page) -> str:
        """The HTML of the page that checks receipts, below the page of choices."""
        return self._render("check.html", page, path=f"{page.id}/check", item=None, below="/check")

    def tasks(self, page: Page) -> str:
        """The HTML of the list of what a device keeps of somebody's tasks, below the page of choices."""
        others = [other for other in self.pages.values() if other.lang == page.lang]
        flows = [other for other in others if other.flow]
        forms = [other for other in others if other.renewal or other.keeps]
        return self._render(
            "tasks.html",
            page,
            path=f"{page.id}/tasks",
            flows=flows,
            forms=[(other, _name_of(other)) for other in forms],
            item=None,
            below="/tasks",
        )

    def missing(self, lang: str) -> str:
        """The HTML for an address that leads nowhere: one page, which says so in every language."""
        home = self.pages["/" if lang == LANGUAGES[0] else f"/{lang}"]
        others = [
            (other, self.words[other], f"/{other}/services", DIRECTIONS[other])
            for other in LANGUAGES
            if other != lang
        ]
        return self._render("missing.html", home, path="/404", item=None, others=others)

    def _named(self, targets: Sequence[str]) -> list[Page]:
        return [self.pages[target] for target in targets]

    def _render(self, template: str, page: Page, *, below: str = "", **context: object) -> str:
        lang = page.lang
        home = "/" if lang == LANGUAGES[0] else f"/{lang}"
        everything = [other for other in self.pages.values() if other.lang == lang]
        return self.jinja.get_template(template).render(
            page=page,
            home=self.pages[home],
            hub=self.pages.get(f"{home.rstrip('/')}/{page.topic}"),
            hubs=sorted((o for o in everything if o.layout == "hub"), key=lambda o: o.title),
            everything=_articles(lang, everything),
            languages=[
                (other, self.pages[self.translations[page.id][other]])
                for other in LANGUAGES
                if other in self.translations[page.id]
            ],
            direction=DIRECTIONS[lang],
            words=self.words[lang],
            picture_of=self.pictures.of,
            script=self.script,
            below=below,  # where in the other language the same page lies, below the page that it belongs to
            **context,
        )


def build_site(out: Path, script: ScriptTag | None) -> Catalogue:
    """Write the whole site below `out`, which is emptied first, and return its catalogue.

    Every file is the same for everyone, and building twice writes the same bytes.
    Without `script` the pages carry no script at all.
    Raises Malformed or Untrue, naming the page, when the content does not hold together.
    """
    pages = load_pages(HERE / "content")
    press = _Press(
        pages={page.id: page for page in pages},
        translations=translations_of(pages),
        fields=load_fields(HERE / "content" / "fields.yaml"),
        words=load_words(HERE / "content" / "words.yaml"),
        pictures=load_pictures(HERE / "content" / "pictures.yaml"),
        contacts=load_contacts(HERE / "content" / "contacts.yaml"),
        jinja=environment(HERE / "templates"),
        script=script,
    )
    catalogue = catalogue_of(pages, press.pictures)
    files = {path: text.encode("utf-8") for path, text in _html(press, pages)}
    files["404.html"] = press.missing(LANGUAGES[0]).encode("utf-8")
    files["catalogue.json"] = catalogue.to_bytes()
    for lang, index in search_indexes(catalogue, {page.id: page.body for page in pages}).items():
        files[f"search/{lang}.json"] = index
    files["robots.txt"] = _ROBOTS.encode("ascii")
    files[".well-known/gpc.json"] = (json.dumps(_GPC) + "\n").encode("ascii")
    if out.exists():
        shutil.rmtree(out)
    for name, content in files.items():
        target = out / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    write_assets(out)
    return catalogue


def _html(press: _Press, pages: Iterable[Page]) -> Iterable[tuple[str, str]]:
    for page in pages:
        folder = page.id.strip("/")
        yield f"{folder}/index.html".lstrip("/"), press.page(page)
        if page.form:
            yield f"{folder}/apply/index.html", press.form(page)
            yield f"{folder}/done/index.html", press.done(page)
        if page.renewal:
            yield f"{folder}/renew/index.html", press.renewal(page)
        if page.layout == "preferences":
            yield f"{folder}/check/index.html", press.check(page)
            yield f"{folder}/tasks/index.html", press.tasks(page)


def _articles(lang: str, pages: Iterable[Page]) -> list[Page]:
    """The pages of a language that can be read, by their titles."""
    return sorted(
        (page for page in pages if page.lang == lang and page.layout in ARTICLES),
        key=lambda page: _spelt(page.title),
    )


def _letters(page: Page, pages: Iterable[Page]) -> list[tuple[str, list[Page]]]:
    """Everything in the language of `page` under its first letter."""
    groups = groupby(_articles(page.lang, pages), key=lambda other: _spelt(other.title)[0].upper())
    return [(letter, list(group)) for letter, group in groups]


def _spelt(title: str) -> str:
    """A title as it is sorted: an alef is an alef, whatever it carries."""
    plain = unicodedata.normalize("NFD", title.casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def _name_of(page: Page) -> str:
    """What a device calls a page's forms, in any language."""
    return page.id.rsplit("/", 1)[-1]


@click.command()
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to write; emptied first.")
@click.option("--agency-key", default="", help="Key that signs the agency's bundles.")
@click.option("--ledger-key", default="", help="Key that signs the ledger's checkpoints.")
def main(out: Path, agency_key: str, ledger_key: str) -> None:
    """Build the demo site; without keys its pages carry no script."""
    if bool(agency_key) != bool(ledger_key):
        raise click.UsageError("give both keys or neither")
    script = ScriptTag(SITE, agency_key, ledger_key) if agency_key else None
    catalogue = build_site(out, script)
    click.echo(f"{len(catalogue.items)} pages in {out}")


if __name__ == "__main__":
    main()
