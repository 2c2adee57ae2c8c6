"""`nearside alerts publish`: messages in files to the alerts that every page shows."""

from __future__ import annotations

import time
from pathlib import Path

import click

from consent_ledger.errors import Malformed, Refused, Untrue
from edge_client.wire.alerts import Alert, Severity
from edge_client.wire.areas import Areas
from nearside.alert_publishing import gather, publish_alerts
from nearside.commands.deployed import open_set_up, state_option
from nearside.commands.files import Unusable, read_file, unusable
from nearside.deployment import Deployment
from nearside.importing import cap, nws
from nearside.importing.cap_signature import Signatory, signed_root
from nearside.importing.geojson import read_features
from nearside.importing.messages import Message

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("publish")
@click.argument("messages", nargs=-1, type=_FILE)
@click.option("--site", required=True, help="Site whose pages show the alerts.")
@click.option("--areas", type=_FILE, help="areas.json: leave out what touches none of them.")
@click.option(
    "--certificate",
    "certificates",
    multiple=True,
    type=_FILE,
    help="PEM of somebody who may sign CAP messages; with one, unsigned messages are refused.",
)
@click.option("--accept-sha1", is_flag=True, help="Take signatures with SHA-1 too, as old feeds have them.")
@click.option(
    "--at-least",
    default=Severity.UNKNOWN.value,
    show_default=True,
    type=click.Choice([severity.value for severity in Severity]),
    help="Leave out what is less serious.",
)
@click.option(
    "--hours",
    default=24,
    show_default=True,
    type=click.IntRange(1, 168),
    help="For how long devices believe it where nothing newer comes.",
)
@click.option("--skip-unusable", is_flag=True, help="Publish the others where a message cannot be used.")
@state_option
def publish(
    messages: tuple[Path, ...],
    *,
    site: str,
    areas: Path | None,
    certificates: tuple[Path, ...],
    accept_sha1: bool,
    at_least: str,
    hours: int,
    skip_unusable: bool,
    state: Path,
) -> None:
    """Publish what MESSAGES add up to now: CAP 1.1 or 1.2, or GeoJSON of the US National Weather Service.

    The files are all that counts: what was published before and is in none of them is over, and without any
    file nothing is said any more. Exercises, tests and messages that are not public are left out.
    """
    signatories = tuple(
        read_file(file, lambda pem: Signatory.of(pem, with_sha1=accept_sha1), named="--certificate")
        for file in certificates
    )
    listed = None if areas is None else read_file(areas, Areas.parse, named="--areas")
    read: list[Message] = []
    for file in messages:
        read += _messages(file, signatories, skip_unusable=skip_unusable)
    now = int(time.time())
    with unusable():
        alerts = gather(read, site=site, now=now, areas=listed, least=Severity(at_least))
        with open_set_up(state) as stack:
            deployment = Deployment.of(stack)
            done = publish_alerts(
                alerts,
                areas=listed,
                shelf=deployment.shelf,
                signer=deployment.agency_signer(),
                now=now,
                lifetime_s=hours * 3600,
            )
    click.echo(f"{site}: number {done.head.sequence}, {len(alerts.alerts)} alerts, {hours} hours at most")
    for alert in alerts.alerts:
        said = alert.words.get("en") or next(iter(alert.words.values()))
        click.echo(f"  {alert.severity.value}: {said.event}{', for everyone' if alert.everyone else ''}")


def _messages(file: Path, signatories: tuple[Signatory, ...], *, skip_unusable: bool) -> list[Message]:
    try:
        raw = read_file(file, bytes, named=f"MESSAGES {file.name}")
        if raw.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
            if signatories:
                raise Unusable(f"MESSAGES {file.name}: geojson holds no signature, and one is required")
            with unusable(f"MESSAGES {file.name}"):
                features = read_features(raw, noun="nws")
            return [
                message
                for feature in features
                if (message := _nws(feature, file.name, skip_unusable=skip_unusable)) is not None
            ]
        message = _cap(raw, file.name, signatories)
    except Unusable as error:
        if not skip_unusable:
            raise
        _left_out(str(error))
        return []
    return [] if message is None else [message]


def _nws(feature: dict[str, object], name: str, *, skip_unusable: bool) -> Message | None:
    try:
        return _usable(nws.message_of(feature))
    except Refused as error:
        _left_out(f"MESSAGES {name}: {error}")
    except Malformed as error:
        if not skip_unusable:
            raise Unusable(f"MESSAGES {name}: {error}") from error
        _left_out(f"MESSAGES {name}: {error}")
    return None


def _cap(raw: bytes, name: str, signatories: tuple[Signatory, ...]) -> Message | None:
    try:
        root = signed_root(raw, signatories) if signatories else cap.parse_xml(raw)
    except (Malformed, Untrue, Refused) as error:
        raise Unusable(f"MESSAGES {name}: {error}") from error
    try:
        return _usable(cap.message_of(root))
    except Refused as error:
        _left_out(f"MESSAGES {name}: {error}")
    except Malformed as error:
        raise Unusable(f"MESSAGES {name}: {error}") from error
    return None


def _usable(message: Message) -> Message:
    """The message, if devices take what it says: one that they do not would keep all others from them."""
    for alert in message.alerts:
        try:
            Alert.of(alert.to_json())
        except Untrue as error:
            raise Malformed(str(error)) from error
    return message


def _left_out(why: str) -> None:
    click.echo(f"left out: {why}", err=True)
