"""A fence around a browser: a network of its own, in which there is a site and a wire to everywhere else.

Every packet on that wire is written down, whatever in the browser made it: the interception of requests sees
neither the lookup of a name nor what WebRTC asks of a server. The site's own address is joined through.
"""

from __future__ import annotations

import os
import shlex
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from shutil import which
from threading import Thread
from urllib.parse import urlsplit

import pytest

INSIDE = Path(__file__).with_name("fence_inside.py")
MAKES = ("--net", "--mount") if os.geteuid() == 0 else ("--net", "--mount", "--map-root-user")
JOINS = (
    ("--net", "--mount") if os.geteuid() == 0 else ("--user", "--preserve-credentials", "--net", "--mount")
)
PACKET_STATISTICS, SOL_PACKET = 6, 263
DNS, HEADER_BYTES, HOP_BY_HOP = 53, 12, 0
PROTOCOLS = {1: "icmp", 2: "igmp", 6: "tcp", 17: "udp"}
# What a kernel says by itself on a wire that knows IPv6; nothing that a browser asks for is in it.
KERNELS_OWN = {HOP_BY_HOP, 58}


@dataclass(frozen=True)
class Packet:
    """One packet on the wire: where to, and the name that it asks the resolver for."""

    protocol: str
    to: str
    port: int | None
    asks: str = ""

    @property
    def about(self) -> str:
        """The name or the address that it is about."""
        return self.asks or self.to


@dataclass(frozen=True)
class Fence:
    """A browser at `browser` sees the site and the wire; what goes out by the wire is written down."""

    browser: Path
    _ear: socket.socket

    def went_out(self) -> list[Packet]:
        """Return the packets that went out since this was last asked, in order."""
        packets = []
        with suppress(BlockingIOError):
            while True:
                raw, (_, _, direction, *_) = self._ear.recvfrom(65_535)
                if direction == socket.PACKET_OUTGOING and (packet := read(raw)) is not None:
                    packets.append(packet)
        lost = self._ear.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8)[4:]
        assert not any(lost), "the wire was busier than what listens to it"
        return packets


def read(raw: bytes) -> Packet | None:
    """Read an IP packet; None where the kernel says it of itself."""
    if raw[0] >> 4 == 4:
        number, to, rest = raw[9], raw[16:20], raw[(raw[0] & 15) * 4 :]
    else:
        number, to, rest = raw[6], raw[24:40], raw[40:]
        if number in KERNELS_OWN:
            return None
    protocol = PROTOCOLS.get(number, str(number))
    port = int.from_bytes(rest[2:4], "big") if protocol in ("tcp", "udp") else None
    asks = name_of(rest[8:]) if (protocol, port) == ("udp", DNS) else ""
    return Packet(protocol, str(ip_address(to)), port, asks)


def name_of(query: bytes) -> str:
    """Return the name that a DNS query asks for (RFC 1035, section 4.1.2)."""
    labels, at = [], HEADER_BYTES
    while at < len(query) and query[at]:
        labels.append(query[at + 1 : at + 1 + query[at]].decode("latin-1").lower())
        at += 1 + query[at]
    return ".".join(labels)


def pass_on(source: socket.socket, sink: socket.socket) -> None:
    """Pass bytes on until there are no more."""
    with suppress(OSError):
        while data := source.recv(65_536):
            sink.sendall(data)
    for end, way in ((source, socket.SHUT_RD), (sink, socket.SHUT_WR)):
        with suppress(OSError):
            end.shutdown(way)


def join(door: socket.socket, address: tuple[str, int]) -> None:
    """Join who comes to the door with the site, until the door closes."""
    with suppress(OSError):
        while True:
            caller, _ = door.accept()
            site = socket.create_connection(address)
            for pair in ((caller, site), (site, caller)):
                Thread(target=pass_on, args=pair, daemon=True).start()


@contextmanager
def fenced(url: str, browser: Path, folder: Path) -> Iterator[Fence]:
    """Put up a fence in which the site at `url` is; `folder` is for what it needs.

    Skips the test where the kernel lets nobody have a network of their own.
    """
    missing = [tool for tool in ("ip", "unshare", "nsenter", "mount") if which(tool) is None]
    assert not missing, f"install iproute2 and util-linux: {missing} not found"
    port = urlsplit(url).port
    assert port is not None
    with ExitStack() as opened:
        line, other = socket.socketpair()
        opened.enter_context(line)
        inside = subprocess.Popen(
            [
                "unshare",
                *MAKES,
                sys.executable,
                INSIDE,
                str(other.fileno()),
                str(port),
                folder / "resolv.conf",
            ],
            pass_fds=[other.fileno()],
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": ""},
        )
        opened.callback(inside.communicate)
        opened.callback(line.close)
        other.close()
        _, handed, _, _ = socket.recv_fds(line, 5, 2)
        if not handed:
            said = (inside.stderr.read() if inside.stderr else "").strip().splitlines()
            pytest.skip(f"the kernel allows no network of our own: {said[-1] if said else 'no reason given'}")
        ear, door = (opened.enter_context(socket.socket(fileno=number)) for number in handed)
        ear.setblocking(False)
        opened.callback(door.shutdown, socket.SHUT_RDWR)
        Thread(target=join, args=(door, ("127.0.0.1", port)), daemon=True).start()
        script = folder / "browser"
        enter = shlex.join(["nsenter", "--target", str(inside.pid), *JOINS, "--", str(browser)])
        script.write_text(f'#!/bin/sh\nexec {enter} "$@"\n')
        script.chmod(0o755)
        yield Fence(script, ear)
