"""`kill -9` of MiniStack at any moment: rows, objects, tables and keys are what its clients were told."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from consent_ledger.errors import Malformed
from nearside.local.ministack import check_state, ministack
from nearside.local.ministack_calls import KEPT
from nearside.settings import Settings
from tests.support.doomed import CLIENTS, TABLE, client, create_table, doomed, kill, rows_of

pytestmark = pytest.mark.stack


@dataclass(slots=True)
class Ledger:
    """What one client knows of its own rows and objects: what each may be, by what it was told."""

    told: dict[str, Any] = field(default_factory=dict)
    asked: dict[str, Any] = field(default_factory=dict)

    def do(self, name: str, value: Any, call: Callable[[], object]) -> None:
        """Ask for a change of `name` to `value`; raises what the call raises."""
        self.asked[name] = value
        call()
        self.told[name] = value
        del self.asked[name]

    def allows(self, name: str, value: Any) -> bool:
        """Whether the row may be so: as was told last, or as was asked when the end came."""
        return value == self.told.get(name) or (name in self.asked and value == self.asked[name])


def row(name: str, **attributes: Any) -> dict[str, Any]:
    return {"pk": {"S": name}, "sk": {"S": "row"}, **attributes}


def changes(table: Any, s3: Any, own: str, value: str) -> list[tuple[str, Any, Callable[[], object]]]:
    """Every way to change a row, and one to change an object: name, value afterwards, call."""
    item, key = row(own, value={"S": value}), row(own)
    update = {
        "UpdateExpression": "SET #v = :v",
        "ExpressionAttributeNames": {"#v": "value"},
        "ExpressionAttributeValues": {":v": {"S": value}},
    }
    put, remove = {"PutRequest": {"Item": item}}, {"DeleteRequest": {"Key": key}}
    path = f"object/{own}"
    return [
        (own, value, lambda: table.put_item(TableName=TABLE, Item=item)),
        (own, value, lambda: table.update_item(TableName=TABLE, Key=key, **update)),
        (own, value, lambda: table.batch_write_item(RequestItems={TABLE: [put]})),
        (own, None, lambda: table.delete_item(TableName=TABLE, Key=key)),
        (own, None, lambda: table.batch_write_item(RequestItems={TABLE: [remove]})),
        (path, value, lambda: s3.put_object(Bucket="bucket", Key=path, Body=value.encode())),
    ]


def change_at_random(url: str, number: int, *, seed: int, ledger: Ledger) -> None:
    """Change rows and objects of one's own, and a counter of everybody's, until nobody answers any more."""
    chance = random.Random(seed * 100 + number)
    table, s3 = client(url, "dynamodb"), client(url, "s3")
    while True:
        pair = f"{number}-{chance.randrange(20)}"
        one, other = f"{pair}-a", f"{pair}-b"
        value = str(chance.getrandbits(64))
        try:
            if chance.random() < 0.3:
                ledger.asked |= {one: value, other: value}
                items = [row(name, value={"S": value}) for name in (one, other)]
                table.transact_write_items(
                    TransactItems=[{"Put": {"TableName": TABLE, "Item": item}} for item in items]
                )
                ledger.told |= {one: value, other: value}
                del ledger.asked[one], ledger.asked[other]
            else:
                ledger.do(*chance.choice(changes(table, s3, one, value)))
            count_up(table)
        except (BotoCoreError, ClientError):
            return


def count_up(table: Any) -> None:
    """Add one to a row that everybody changes, unless somebody was faster."""
    answer = table.get_item(TableName=TABLE, Key=row("counter"), ConsistentRead=True)
    if "Item" not in answer:
        return  # the end came between the head of the answer and its body
    found = answer["Item"]["n"]["N"]
    with suppress(table.exceptions.ConditionalCheckFailedException):
        table.update_item(
            TableName=TABLE,
            Key=row("counter"),
            UpdateExpression="SET n = :new",
            ConditionExpression="n = :old",
            ExpressionAttributeValues={":old": {"N": found}, ":new": {"N": str(int(found) + 1)}},
        )


def test_no_end_of_ministack_undoes_an_answer(tmp_path: Path) -> None:
    """Eight clients change tables and objects in every way; three times all ends at a random moment.

    Afterwards each row is what its client was told, or what it had asked for when the end came; both rows of
    a transaction are there or neither; and a counter that was seen never goes back.
    """
    chance = random.Random(5)
    ledgers = [Ledger() for _ in range(CLIENTS)]
    counted = 0
    with ministack(Settings.read(), tmp_path) as url:
        table = client(url, "dynamodb")
        create_table(table, "pk", "sk")
        client(url, "s3").create_bucket(Bucket="bucket")
        table.put_item(TableName=TABLE, Item=row("counter", n={"N": "0"}))
    for turn in range(4):
        with doomed(tmp_path) as (url, pid):
            counted = max(counted, kept(url, ledgers, counted))
            if turn < 3:
                with ThreadPoolExecutor(CLIENTS) as pool:
                    jobs = [
                        pool.submit(change_at_random, url, number, seed=turn, ledger=ledger)
                        for number, ledger in enumerate(ledgers)
                    ]
                    table, enough = client(url, "dynamodb"), counted + 20
                    while counted < enough:
                        counted = int(rows_of(table)["counter"]["n"]["N"])
                    time.sleep(chance.random())
                    kill(pid)
                    for job in jobs:
                        job.result()
            kill(pid)
    assert sum(len(ledger.told) for ledger in ledgers) > 100


def kept(url: str, ledgers: list[Ledger], counted: int) -> int:
    """Hold what is there against what clients were told; return the counter."""
    rows, s3 = rows_of(client(url, "dynamodb")), client(url, "s3")
    for ledger in ledgers:
        for name in {*ledger.told, *ledger.asked}:
            value = object_or_row(s3, rows, name)
            assert ledger.allows(name, value), f"{name} is not what its client was told"
            ledger.told[name] = value
        for pair in {name.removesuffix("-b") for name in ledger.asked if name.endswith("-b")}:
            asked = ledger.asked[f"{pair}-a"]
            both = {rows.get(f"{pair}-{part}", {}).get("value") == {"S": asked} for part in "ab"}
            assert len(both) == 1, "half of a transaction is there"
        ledger.asked.clear()
    found = int(rows["counter"]["n"]["N"])
    assert found >= counted
    return found


def object_or_row(s3: Any, rows: dict[str, Any], name: str) -> str | None:
    """What is there now; boto3 checks an object's sums by itself."""
    if not name.startswith("object/"):
        value: str | None = rows.get(name, {}).get("value", {}).get("S")
        return value
    try:
        body: bytes = s3.get_object(Bucket="bucket", Key=name)["Body"].read()
    except s3.exceptions.NoSuchKey:
        return None
    return body.decode()


def test_tables_keys_and_buckets_are_there_as_soon_as_they_are_answered(tmp_path: Path) -> None:
    """Each is made, and the end comes with the answer; a table made anew does not get the old one's rows."""
    with doomed(tmp_path) as (url, pid):
        key = client(url, "kms").create_key(KeyUsage="ENCRYPT_DECRYPT")["KeyMetadata"]["KeyId"]
        sealed = client(url, "kms").encrypt(KeyId=key, Plaintext=b"kept")["CiphertextBlob"]
        kill(pid)
    for times in range(2):
        with doomed(tmp_path) as (url, pid):
            table = client(url, "dynamodb")
            if times:
                assert len(rows_of(table)) == 1
                table.delete_table(TableName=TABLE)
            create_table(table, "pk")
            if not times:
                table.put_item(TableName=TABLE, Item={"pk": {"S": "of the old table"}})
                client(url, "s3").create_bucket(Bucket="bucket")
            kill(pid)
    with doomed(tmp_path) as (url, pid):
        assert rows_of(client(url, "dynamodb")) == {}
        assert client(url, "kms").decrypt(CiphertextBlob=sealed)["Plaintext"] == b"kept"
        assert [bucket["Name"] for bucket in client(url, "s3").list_buckets()["Buckets"]] == ["bucket"]
        kill(pid)


def test_a_message_that_nobody_says_twice_is_there_as_soon_as_it_is_answered(tmp_path: Path) -> None:
    """An order in a queue that is marked for it outlives the end that comes with its answer; one that was
    handed out is handed out again at once, since whoever had it is gone too."""
    with doomed(tmp_path) as (url, pid):
        sqs = client(url, "sqs")
        queue = sqs.create_queue(QueueName="orders", Attributes={"VisibilityTimeout": "600"})["QueueUrl"]
        sqs.tag_queue(QueueUrl=queue, Tags={KEPT: ""})
        sqs.send_message(QueueUrl=queue, MessageBody="stop")
        assert sqs.receive_message(QueueUrl=queue)["Messages"][0]["Body"] == "stop"
        for body in ("go on", "go back"):
            sqs.send_message(QueueUrl=queue, MessageBody=body)
        kill(pid)
    with doomed(tmp_path) as (url, pid):
        sqs = client(url, "sqs")
        queue = sqs.get_queue_url(QueueName="orders")["QueueUrl"]
        found: set[str] = set()
        deadline = time.monotonic() + 30
        while found != {"stop", "go on", "go back"}:
            assert time.monotonic() < deadline, "an order that was taken is gone"
            answer = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=1)
            found |= {message["Body"] for message in answer.get("Messages", ())}
        kill(pid)


def test_a_state_that_ministack_does_not_understand_is_not_written_over(tmp_path: Path) -> None:
    """MiniStack alone goes on without it: the first save would put nothing in the place of everything."""
    with doomed(tmp_path) as (url, pid):
        create_table(client(url, "dynamodb"), "pk")
        kill(pid)
    file = tmp_path / "services" / "dynamodb.json"
    newer = re.sub(rb'\{.*?"__ministack_format__": [0-9]+', b'{"__ministack_format__": 99', file.read_bytes())
    file.write_bytes(newer)
    with pytest.raises(Malformed, match="another version wrote"), doomed(tmp_path):
        pass
    assert file.read_bytes() == newer


def test_what_is_removed_is_soon_in_no_file(tmp_path: Path) -> None:
    """An erasure destroys a key: neither snapshot nor journal may keep it for later."""
    secret = b"d3JhcHBlZCBrZXkgb2YgYSByZWNvcmQ="

    def files_with_it() -> list[str]:
        files = [file for part in ("services", "journal") for file in (tmp_path / part).iterdir()]
        return [file.name for file in files if secret in read_if_there(file)]

    with ministack(Settings.read(), tmp_path) as url:
        table = client(url, "dynamodb")
        create_table(table, "pk")
        item = {"pk": {"S": "one"}, "wrapped_key": {"S": secret.decode()}}
        table.put_item(TableName=TABLE, Item=item)
        assert files_with_it()
        table.update_item(TableName=TABLE, Key={"pk": {"S": "one"}}, UpdateExpression="REMOVE wrapped_key")
        deadline = time.monotonic() + 30
        while files_with_it():
            assert time.monotonic() < deadline, "still on disk after 30 s"
            time.sleep(0.2)


def read_if_there(file: Path) -> bytes:
    """The bytes of a file, none when it was removed a moment ago."""
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return b""


def test_a_damaged_journal_is_said_and_left_alone(tmp_path: Path) -> None:
    """A record that had been answered cannot be read: nothing is started, nothing is changed."""
    with doomed(tmp_path) as (url, pid):
        table = client(url, "dynamodb")
        create_table(table, "pk")
        for name in ("one", "two"):
            table.put_item(TableName=TABLE, Item={"pk": {"S": name}})
        kill(pid)
    (segment,) = (tmp_path / "journal").iterdir()
    whole = segment.read_bytes()
    check_state(tmp_path)
    damaged = whole[:20] + bytes([whole[20] ^ 1]) + whole[21:]
    segment.write_bytes(damaged)
    with (
        pytest.raises(Malformed, match=r"state: journal: segment \d+ is damaged; restore it"),
        doomed(tmp_path),
    ):
        pass
    assert segment.read_bytes() == damaged
    segment.write_bytes(whole[:-1])
    with doomed(tmp_path) as (url, pid):
        assert set(rows_of(client(url, "dynamodb"))) == {"one"}
        kill(pid)
