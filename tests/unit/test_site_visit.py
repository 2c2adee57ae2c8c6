"""A visit to a site: its sitemaps and pages, as its robots.txt allows, and nobody else's."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from urllib.parse import urlsplit

import httpx
import pytest

from consent_ledger.errors import Malformed, Refused
from lambdas.shared.importing.gathering import Asked
from lambdas.shared.importing.imported import Imported, Weight
from lambdas.shared.importing.limits import LONGEST_PAGE_BYTES
from nearside.importing.site_client import SiteClient
from nearside.importing.site_visit import LONGEST_PAUSE_S, LONGEST_VISIT_S, Visit
from tests.support.small_site import HTML, SmallSite, small_site


@pytest.fixture
def site() -> Iterator[SmallSite]:
    """A site with nothing on it."""
    with small_site() as served:
        yield served


def visit(site: SmallSite, start: str = "", *, most: int = 50, waits: list[float] | None = None) -> Imported:
    """Visit it without waiting; `waits` is told how long it would have been."""
    with SiteClient.of(site.url, backoff_s=0) as client:
        visiting = Visit(client, most=most, sleep=(waits if waits is not None else []).append)
        return visiting.imported(start or site.url, Asked(host=urlsplit(site.url).netloc))


def left_out(found: Imported) -> dict[str, str]:
    """What was left out, by the last part of its place."""
    return {
        each.place.rpartition("/")[2]: each.what for each in found.problems if each.weight is Weight.LEFT_OUT
    }


def test_a_site_is_read_from_its_sitemap(site: SmallSite) -> None:
    """Pages are asked for one after the other, and become drafts."""
    site.page("/a", "A")
    site.page("/b", "B")
    site.sitemap("/a", "/b")
    waits: list[float] = []
    found = visit(site, waits=waits)
    assert [(item.id, item.title) for item in found.items] == [("/a", "A"), ("/b", "B")]
    assert site.asked == ["/robots.txt", "/sitemap.xml", "/a", "/b"]
    assert waits == [0.5] * 4


def test_what_robots_txt_says_holds(site: SmallSite) -> None:
    """Its sitemaps are taken, its paths left alone and told, its delay kept up to a bound."""
    site.replies["/robots.txt"] = (
        200,
        {},
        f"User-agent: *\nDisallow: /private\nCrawl-delay: 3\nSitemap: {site.url}/pages.xml\n".encode(),
    )
    site.sitemap("/a", "/private/b", path="/pages.xml")
    site.page("/a", "A")
    site.page("/private/b", "B")
    waits: list[float] = []
    found = visit(site, waits=waits)
    assert site.asked == ["/robots.txt", "/pages.xml", "/a"]
    assert waits[1:] == [3.0, 3.0]
    assert left_out(found) == {"b": "is a page that robots.txt asks visitors to leave alone"}
    assert [item.id for item in found.items] == ["/a"]
    site.replies["/robots.txt"] = (200, {}, b"User-agent: nearside-catalogue\nCrawl-delay: 900\n")
    site.sitemap("/a")
    visit(site, waits=waits)
    assert waits[-1] == LONGEST_PAUSE_S


@pytest.mark.parametrize(
    ("robots", "why"),
    [
        ((200, {}, b"User-agent: *\nDisallow: /"), Malformed),
        ((500, {}, b""), Refused),
        ((302, {"location": "/elsewhere"}, b""), None),
    ],
)
def test_a_site_that_wants_no_visit_gets_none(
    site: SmallSite, robots: tuple[int, dict[str, str], bytes], why: type[Exception] | None
) -> None:
    """Forbidden, or not to be had: nothing else is asked for. Elsewhere: nothing is forbidden."""
    site.replies["/robots.txt"] = robots
    site.sitemap("/a")
    site.page("/a", "A")
    if why is None:
        assert [item.id for item in visit(site).items] == ["/a"]
        return
    with pytest.raises(why, match=r"^site: "):
        visit(site)
    assert site.asked == ["/robots.txt"]


def test_no_other_host_is_asked_whoever_names_it(site: SmallSite) -> None:
    """Neither a sitemap's nor a redirect's, nor one that robots.txt names as the place of a sitemap."""
    with small_site() as other:
        other.page("/x", "X")
        other.sitemap("/x")
        site.replies["/robots.txt"] = (
            200, {}, f"Sitemap: {other.url}/sitemap.xml\nSitemap: {site.url}/sitemap.xml\n".encode(),
        )  # fmt: skip
        index = "".join(
            f"<sitemap><loc>{url}</loc></sitemap>" for url in (f"{other.url}/s.xml", f"{site.url}/p.xml")
        )
        site.replies["/sitemap.xml"] = (200, {}, f"<sitemapindex>{index}</sitemapindex>".encode())
        site.sitemap("/away", f"{other.url}/x", "/round", "/old", path="/p.xml")
        site.replies["/away"] = (302, {"location": f"{other.url}/x"}, b"")
        site.replies["/round"] = (301, {"location": "/round"}, b"")
        site.replies["/old"] = (301, {"location": "/new?from=old"}, b"")
        site.page("/new?from=old", "New")
        found = visit(site)
        assert other.asked == []
    assert [(item.id, item.title) for item in found.items if item.title] == [("/new", "New")]
    assert dict(found.moved) == {"/old": "/new"}
    told = left_out(found)
    assert told["away"] == "leads on to an address outside the site"
    assert told["round"] == "leads on too often"
    assert {told["sitemap.xml"], told["s.xml"]} >= {"is a sitemap of another host, which is not asked"}


def test_what_is_no_page_is_told(site: SmallSite) -> None:
    """Missing, of another kind, too long, packed: each with its address, and the others are read."""
    site.sitemap("/a", "/missing", "/file.pdf", "/long", "/packed")
    site.page("/a", "A")
    site.replies["/file.pdf"] = (200, {"content-type": "application/pdf"}, b"%PDF")
    site.replies["/long"] = (200, HTML, b"x" * (2 * 1024 * 1024 + 1))
    site.replies["/packed"] = (200, {**HTML, "content-encoding": "gzip"}, b"\x1f\x8b")
    found = visit(site)
    assert [item.id for item in found.items] == ["/a"]
    assert left_out(found) == {
        "missing": "was answered with 404",
        "file.pdf": "is no web page",
        "long": "site: an answer that is too long",
        "packed": "site: the server answers in an encoding that was not asked for",
    }


def test_a_visit_ends_by_its_number_of_pages_and_by_its_time(site: SmallSite) -> None:
    """Whatever is left is counted and told."""
    site.sitemap("/a", "/b", "/c")
    for name in "abc":
        site.page(f"/{name}", name)
    found = visit(site, most=1)
    assert [item.title for item in found.items if item.title] == ["a"]
    assert left_out(found) == {"all pages": "2 pages were not asked for: too many for a visit"}
    ticks = count(0, LONGEST_VISIT_S)
    with SiteClient.of(site.url) as client:
        late = Visit(client, now=lambda: next(ticks), sleep=lambda _: None)
        found = late.imported(site.url, Asked(host=client.host))
    assert [item.title for item in found.items if item.title] == ["a"]


def test_a_page_that_is_busy_is_asked_for_again(site: SmallSite) -> None:
    """An answer that passes by is no answer, a few times; then it is told."""
    site.sitemap("/busy")
    site.replies["/busy"] = (503, {}, b"")
    assert left_out(visit(site)) == {"busy": "was answered with 503"}
    assert site.asked.count("/busy") == 4


def test_a_site_without_a_sitemap_is_refused(site: SmallSite) -> None:
    """Nothing is guessed from links."""
    site.page("/", "Home")
    with pytest.raises(Malformed, match="no sitemap"):
        visit(site)


def test_one_sitemap_of_several_may_be_broken_or_long(site: SmallSite) -> None:
    """What is no sitemap is told; one that is longer than a page is read."""
    places = "".join(f"Sitemap: {site.url}/{name}.xml\n" for name in ("broken", "long"))
    site.replies["/robots.txt"] = (200, {}, places.encode())
    site.page("/broken.xml", "Not found, said nicely")
    site.sitemap("/a", path="/long.xml")
    status, headers, body = site.replies["/long.xml"]
    padded = body.replace(b"</urlset>", b" " * LONGEST_PAGE_BYTES + b"</urlset>")
    site.replies["/long.xml"] = (status, headers, padded)
    site.page("/a", "A")
    found = visit(site)
    assert [item.title for item in found.items] == ["A"]
    assert left_out(found)["broken.xml"].startswith("sitemap: ")


def test_pages_of_a_sitemap_that_still_writes_http_are_asked_for_by_https() -> None:
    """The site's own host, and the way in which it was named."""
    asked: list[str] = []
    sitemap = b"<urlset><url><loc>http://www.riverton.example/a</loc></url></urlset>"
    html = b"<html lang=en><title>A</title>"

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        status = 404 if request.url.path == "/robots.txt" else 200
        body = sitemap if request.url.path.endswith(".xml") else html
        return httpx.Response(status, headers=HTML, content=iter([body]))

    client = SiteClient(
        "www.riverton.example",
        httpx.Client(transport=httpx.MockTransport(answer)),
        lambda _: ("93.184.215.14",),
    )
    visiting = Visit(client, sleep=lambda _: None)
    found = visiting.imported("https://www.riverton.example/", Asked(host=client.host))
    assert [(item.id, item.title) for item in found.items] == [("/a", "A")]
    assert asked[-1] == "https://www.riverton.example/a"
    assert not found.moved
