"""Runs inside a fence: lays its only wire, and hands out the sockets that whoever is outside needs.

The wire is a pair of interfaces. What is routed nowhere else goes out by the one; at the other nobody
answers. Every address is final before anybody looks: one that the kernel still tries out would change the
network a second later, and Chromium gives up what it is loading when a network changes.
"""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

WIRE, FAR_END = "wire", "far"
ALL_PROTOCOLS = 3  # ETH_P_ALL
RESOLVER = "192.0.2.53"
ROOM_BYTES = 1 << 22
WIRING = f"""
link set lo up
link add {WIRE} type veth peer name {FAR_END}
link set {WIRE} addrgenmode none
link set {FAR_END} addrgenmode none
link set {WIRE} arp off
link set {WIRE} up
link set {FAR_END} up
addr add 192.0.2.2/24 dev {WIRE}
route add default via 192.0.2.1 dev {WIRE}
-6 addr add 2001:db8::2/64 dev {WIRE} nodad
-6 route add default via 2001:db8::1 dev {WIRE}
"""


def main(line: socket.socket, port: int, resolver: Path) -> None:
    """Hand out a socket that listens at `port` and one that hears the wire; stay until the line closes."""
    for words in WIRING.strip().splitlines():
        subprocess.run(["ip", *words.split()], check=True)
    tried = subprocess.run(["ip", "-6", "addr", "show", "tentative"], check=True, capture_output=True)
    assert not tried.stdout, "the kernel still tries an address of the wire out"
    resolver.write_text(f"nameserver {RESOLVER}\noptions timeout:1 attempts:1\n")
    subprocess.run(["mount", "--bind", resolver, Path("/etc/resolv.conf").resolve()], check=True)
    ear = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ALL_PROTOCOLS))
    ear.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, ROOM_BYTES)
    ear.bind((WIRE, ALL_PROTOCOLS))
    door = socket.create_server(("127.0.0.1", port))
    socket.send_fds(line, [b"ready"], [ear.fileno(), door.fileno()])
    line.recv(1)


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])), int(sys.argv[2]), Path(sys.argv[3]))
