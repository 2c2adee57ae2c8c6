"""Reading a log by URL: what a server can do to whoever reads it."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner

from consent_ledger.errors import Malformed, Refused
from nearside.commands.ledger import ledger
from nearside.public_log import http
from nearside.public_log.folder import FolderLog
from nearside.public_log.http import HttpLog, client_for, safe_url
from nearside.public_log.layout import most_bytes
from nearside.public_log.source import open_log
from tests.support.static_log import Reply, StaticLog, static_log


@pytest.mark.parametrize(
    "url",
    [
        "http://ledger.example/x",
        "http://10.0.0.1/x",
        "http://127.0.0.1.example/",
        "ftp://127.0.0.1/",
        "https://",
        "https:///ledger",
        "https://name:word@ledger.example/",
        "https://ledger.example/?a=b",
        "https://ledger.example/#a",
        "https://ledger.example:port/",
        "https://[::1/",
    ],
)
def test_only_plain_https_and_this_machine_are_read(url: str) -> None:
    """Anything else is refused before a connection is made."""
    with pytest.raises((Malformed, Refused)):
        safe_url(url)


@pytest.mark.parametrize("url", ["https://l.example/ledger/", "http://localhost:1/x", "http://[::1]:80"])
def test_https_anywhere_and_http_here_are_read(url: str) -> None:
    """A slash at the end changes nothing."""
    assert safe_url(url) == url.rstrip("/")


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/etc/passwd",
        "../state/head",
        "state/head",
        "tile/0/../../state/head",
        "tile/9/000",
        "tile/0/00",
        "documents/../state",
        "checkpoints/01",
        "checkpoint\n",
    ],
)
def test_nothing_outside_the_layout_is_asked_for(path: str, tmp_path: Path) -> None:
    """Neither of a folder nor of a server."""
    with pytest.raises(Malformed):
        most_bytes(path)
    with pytest.raises(Malformed):
        FolderLog(tmp_path).read(path)
    with static_log(tmp_path) as served, HttpLog.at(served.url) as log:
        with pytest.raises(Malformed):
            log.read(path)
        assert served.asked == []


def read(served: StaticLog, reply: Reply, path: str = "tile/0/000") -> bytes | None:
    served.instead = lambda _: reply
    with HttpLog(served.url, client_for(served.url), wait_s=0.001) as log:
        return log.read(path)


def test_a_server_is_held_to_the_layout(tmp_path: Path) -> None:
    """A redirect is not followed, a file is not read past its limit, an encoding is not unpacked, an error
    is no file; missing is missing."""
    with static_log(tmp_path) as served:
        whole = b"x" * 8192
        assert read(served, (200, {}, whole)) == whole
        with pytest.raises(Malformed, match="too long"):
            read(served, (200, {}, whole + b"x"))
        with pytest.raises(Refused, match="elsewhere"):
            read(served, (302, {"location": "http://127.0.0.1:1/"}, b""))
        with pytest.raises(Refused, match="encoding"):
            read(served, (200, {"content-encoding": "gzip"}, whole))
        with pytest.raises(Refused, match="403"):
            read(served, (403, {}, b""))
        assert read(served, (404, {}, b"y" * 200_000)) is None
        assert read(served, (410, {}, b"")) is None


def test_an_error_that_passes_is_waited_for(tmp_path: Path) -> None:
    """Two failures and then the file; a server that fails for good is told so."""
    replies = iter([(503, {}, b""), (429, {}, b""), (200, {}, b"ok")])
    with static_log(tmp_path) as served:
        served.instead = lambda _: next(replies)
        with HttpLog(served.url, client_for(served.url), wait_s=0.001) as log:
            assert log.read("checkpoint") == b"ok"
        served.taken()
        with pytest.raises(Refused, match="does not answer"):
            read(served, (500, {}, b""))
        assert len(served.taken()) == http.TRIES


def test_a_file_that_breaks_off_is_not_taken(tmp_path: Path) -> None:
    """Fewer bytes than were announced are no file."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            for _ in range(http.TRIES):
                peer, _ = server.accept()
                with peer:
                    peer.recv(4096)
                    peer.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")

        thread = threading.Thread(target=answer)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        with HttpLog(url, client_for(url), wait_s=0.001) as log, pytest.raises(Refused):
            log.read("checkpoint")
        thread.join()


def test_a_place_that_is_none_is_one_line(tmp_path: Path) -> None:
    """No folder, no server, no log: status 2 and no traceback."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        free = server.getsockname()[1]
    for place in (tmp_path / "none", f"http://127.0.0.1:{free}", "https:x", "http://example.org"):
        result = CliRunner(catch_exceptions=False).invoke(ledger, ["prove", str(place), "--index", "0"])
        assert (result.exit_code, result.stdout) == (2, "")
        assert isinstance(result.exception, SystemExit)
        assert len(result.stderr.splitlines()) == 1


def test_a_folder_is_read_within_the_same_limits(tmp_path: Path) -> None:
    """A file that is too long, or no file at all."""
    (tmp_path / "tile" / "0").mkdir(parents=True)
    (tmp_path / "tile" / "0" / "000").write_bytes(b"x" * 8193)
    (tmp_path / "checkpoint").mkdir()
    with open_log(str(tmp_path)) as log:
        with pytest.raises(Malformed, match="too long"):
            log.read("tile/0/000")
        assert log.read("checkpoint") is None
        assert log.read("tile/0/001") is None
