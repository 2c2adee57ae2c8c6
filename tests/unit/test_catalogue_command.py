"""`nearside catalogue import`: what it writes, says and ends with."""

from __future__ import annotations

import csv
import json
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from edge_client.wire.catalogue import Catalogue
from nearside.commands.catalogue import catalogue
from tests.support.small_site import small_site

SITE = ("--site", "riverton")


def run(*arguments: object) -> Result:
    """The command, as a terminal would run it."""
    return CliRunner().invoke(catalogue, ["import", *SITE, *map(str, arguments)])


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A spreadsheet of a page that is whole, one that is not, and one of another host."""
    path = tmp_path / "pages.csv"
    path.write_text(
        "path,title,topic,kind,lang\n/permit,Permit,parking,transaction,en\n/draft,,parking,information,en\n"
        "https://elsewhere.example/x,X,parking,information,en\n"
    )
    return path


def test_what_is_finished_is_written_and_the_rest_is_told(table: Path, tmp_path: Path) -> None:
    """A catalogue that devices read, the drafts to fill in, and a report; it ends with 1."""
    out, drafts, report = (tmp_path / name for name in ("catalogue.json", "drafts.csv", "report.csv"))
    done = run(table, "--from", "csv", "--out", out, "--drafts", drafts, "--report", report)
    assert (done.exit_code, done.stderr) == (1, "")
    assert "2 pages read, 1 of them drafts, 1 left out" in done.stdout
    assert Catalogue.parse(out.read_bytes()).pages == ("/permit",)
    rows = list(csv.DictReader(report.read_text("utf-8-sig").splitlines()))
    assert [(row["weight"], row["place"]) for row in rows[:2]] == [
        ("left out", "line 4"),
        ("unfinished", "line 3"),
    ]
    filled = drafts.read_text("utf-8-sig").replace("/draft,,", "/draft,Draft,")
    (tmp_path / "filled.csv").write_text(filled)
    again = run(tmp_path / "filled.csv", "--from", "csv", "--into", out, "--out", out)
    assert again.exit_code == 0, again.stdout
    assert "not the same pages as before" in again.stdout
    assert Catalogue.parse(out.read_bytes()).pages == ("/draft", "/permit")
    same = run(tmp_path / "filled.csv", "--from", "csv", "--into", out)
    assert "the same pages as before" in same.stdout
    assert "0 new, 0 changed, 0 gone" in same.stdout


def test_a_dry_run_writes_nothing(table: Path, tmp_path: Path) -> None:
    """It says all the same, and ends alike."""
    out = tmp_path / "catalogue.json"
    done = run(table, "--from", "csv", "--out", out, "--report", tmp_path / "r.csv", "--dry-run")
    assert (done.exit_code, "1 left out" in done.stdout) == (1, True)
    assert [path.name for path in tmp_path.iterdir()] == ["pages.csv"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("missing.zip", "--from", "govuk"), "SOURCE: no such file or directory"),
        (("{table}", "--from", "govuk"), "SOURCE: content items: no file of them"),
        (("https://www.riverton.example/", "--from", "csv"), "SOURCE: only a sitemap is asked for"),
        (
            ("http://www.riverton.example/", "--from", "sitemap"),
            "SOURCE: url: http is for this machine alone",
        ),
        (("{table}", "--from", "csv", "--lang", "<b>"), "Invalid value for --lang: not a language"),
        (("{table}", "--from", "csv", "--into", "{table}"), "--into: "),
        (("{table}", "--from", "csv", "--pages", "{table}"), "--pages: only a sitemap's pages"),
        (("{table}", "--from", "csv", "--out", "{table}/x"), "--out: file exists"),
    ],
)
def test_what_cannot_be_used_ends_with_2_in_one_line(
    table: Path, arguments: tuple[str, ...], said: str
) -> None:
    """The line names what was given."""
    done = run(*(each.replace("{table}", str(table)) for each in arguments))
    assert (done.exit_code, isinstance(done.exception, SystemExit)) == (2, True)
    lines = [line for line in done.stderr.splitlines() if line.startswith("Error: ")]
    assert [line.removeprefix("Error: ")[: len(said)] for line in lines] == [said]


def test_a_folder_a_zip_and_an_address_make_the_same_catalogue(tmp_path: Path) -> None:
    """A site is the same site however it is read, and its rules are judged against what came of it."""
    folder = tmp_path / "site"
    folder.mkdir()
    asked = ("--from", "sitemap", "--kind", "information", "--by-section")
    with small_site() as site:
        host = site.url.removeprefix("http://")
        site.page("/parking/permit", "Permit")
        site.page("/waste/days", "Days")
        site.sitemap("/parking/permit", "/waste/days", "/old")
        site.replies["/old"] = (301, {"location": "/waste/days"}, b"")
        done = run(
            site.url, *asked, "--pause", 0, "--out", tmp_path / "a.json", "--renamed", tmp_path / "moved.json"
        )
        assert done.exit_code == 1, done.output
        listed = site.replies["/sitemap.xml"][2].replace(b"/old<", b"/waste/days<")
        (folder / "sitemap.xml").write_bytes(listed)
        for path in ("/parking/permit", "/waste/days"):
            file = folder / f"{path[1:]}/index.html"
            file.parent.mkdir(parents=True)
            file.write_bytes(site.replies[path][2])
    assert json.loads((tmp_path / "moved.json").read_text()) == {"/old": "/waste/days"}
    run(folder, *asked, "--host", host, "--out", tmp_path / "b.json")
    with zipfile.ZipFile(tmp_path / "site.zip", "w") as archive:
        for file in folder.rglob("*.*"):
            archive.write(file, f"site/{file.relative_to(folder)}")
    run(tmp_path / "site.zip", *asked, "--host", host, "--out", tmp_path / "c.json")
    made = [(tmp_path / name).read_bytes() for name in ("a.json", "b.json", "c.json")]
    pages = Catalogue.parse(made[0])
    assert made == [made[0]] * 3
    assert [(item.id, item.title, item.topic) for item in pages.items] == [
        ("/parking/permit", "Permit", "parking"),
        ("/waste/days", "Days", "waste"),
    ]


def test_a_link_out_of_a_folder_is_not_followed(tmp_path: Path) -> None:
    """A file elsewhere on the machine is no page of the site."""
    folder = tmp_path / "site"
    folder.mkdir()
    (tmp_path / "secret.md").write_text("---\ntitle: Secret\n---\n")
    (folder / "a.md").symlink_to(tmp_path / "secret.md")
    done = run(folder, "--from", "isomer")
    assert (done.exit_code, "a link to a file outside it" in done.stderr) == (2, True)
