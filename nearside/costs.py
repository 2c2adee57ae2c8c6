"""What a deployment costs a month: operations that were counted, times prices; prints docs/costs.md.

`tests/contract/test_costs.py` counts the calls of `CHOICE`, `REPORT` and `IDLE_MINUTE` anew.
Bytes are those of benchmarks/README.md. Everything else is an assumption, and stands in the page as one.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final, TypeAlias

import click

from nearside.local.intrinsics import Resolver
from nearside.local.names import LocalValues
from nearside.local.template import load, walk
from nearside.settings import Settings

Calls: TypeAlias = Mapping[str, int]

PAGE: Final = "docs/costs.md"
VISITS: Final = (10_000, 1_000_000, 100_000_000)
MINUTES: Final = 30 * 24 * 60

CHOICE: Final[Calls] = {
    "dynamodb:GetItem": 1,
    "dynamodb:TransactWriteItems": 2,
    "kms:GenerateDataKey": 1,
    "sqs:SendMessage": 1,
}
"""What one record of a choice has the function do that takes it in."""

REPORT: Final[Calls] = {"dynamodb:TransactWriteItems": 1}
"""What one report to a count has an instance do that knows its task."""

IDLE_MINUTE: Final[Calls] = {"dynamodb:GetItem": 5, "dynamodb:Query": 18, "s3:GetObject": 2}
"""What four clocks do in a minute in which nothing has happened, at a deployment of one site."""

PUBLISHED: Final[Calls] = {
    "dynamodb:PutItem": 2,
    "dynamodb:BatchWriteItem": 1,
    "s3:PutObject": 5,
    "s3:GetObject": 6,
    "kms:Sign": 1,
}
"""What a batch of entries takes to its published checkpoint, beside an idle minute; one a minute at most."""

# Assumptions.
PAGES: Final = 4
FILES: Final = 10
CHOOSES: Final = 0.1
RECORDS: Final = 2
SAYS_YES: Final = 0.05
REPORTS_A_MONTH: Final = 4 * 30 / 7
FIRST_PAGE_BYTES: Final = 90_615 + 4_511
LATER_PAGE_BYTES: Final = 20_000
YES_BYTES: Final = 2_886_505 + 63_547
YES_FILES: Final = 17
CALL_S: Final = 0.1
CALL_GB: Final = 0.5

# Dollars, us-east-1, without free tiers, as published in 2025; look them up before you sign anything.
TRANSFER_GB: Final = 0.085
EDGE_MILLION: Final = 1.00 + 0.10
API_MILLION: Final = 1.00
CALL_MILLION: Final = 0.20
GB_SECOND: Final = 0.0000133334
WRITE_MILLION: Final = 0.625
READ_MILLION: Final = 0.125
PUT_MILLION: Final = 5.00
GET_MILLION: Final = 0.40
KMS_MILLION: Final = 3.00
SIGN_MILLION: Final = 15.00
SQS_MILLION: Final = 0.40
KEY_MONTH: Final = 1.00
ALARM_MONTH: Final = 0.10
DASHBOARD_MONTH: Final = 3.00
LOG_GB: Final = 0.50
LOG_LINE_BYTES: Final = 250

# Two items in each transaction, twice the units for a transaction; a report's has three.
_UNITS: Final = {
    "dynamodb:GetItem": READ_MILLION,
    "dynamodb:Query": READ_MILLION,
    "dynamodb:PutItem": WRITE_MILLION,
    "dynamodb:BatchWriteItem": 2 * WRITE_MILLION,
    "dynamodb:TransactWriteItems": 4 * WRITE_MILLION,
    "kms:GenerateDataKey": KMS_MILLION,
    "kms:Sign": SIGN_MILLION,
    "s3:GetObject": GET_MILLION,
    "s3:PutObject": PUT_MILLION,
    # Sent, received and deleted.
    "sqs:SendMessage": 3 * SQS_MILLION,
}


def priced(calls: Calls, times: float) -> float:
    """Return what these calls cost, so many times over, in dollars."""
    return sum(_UNITS[name] * count for name, count in calls.items()) * times / 1e6


def kept(project: Path) -> tuple[int, int]:
    """Count the keys and the alarms that the deployment's templates have."""
    resolver = Resolver(LocalValues("", "", {}))
    kinds = [each.type for each in walk(load(project / "template.yaml")) if resolver.exists(each)]
    return kinds.count("AWS::KMS::Key"), kinds.count("AWS::CloudWatch::Alarm")


def month(visits: int, *, keys: int, alarms: int) -> dict[str, float]:
    """Return what each part costs for so many visits in thirty days, in dollars."""
    records = visits * CHOOSES * RECORDS
    reports = visits * SAYS_YES * REPORTS_A_MONTH
    requests = records * 3 + reports
    batches = min(records, MINUTES)
    served = visits * (FIRST_PAGE_BYTES + (PAGES - 1) * LATER_PAGE_BYTES + SAYS_YES * YES_BYTES)
    asked = visits * (FILES + PAGES - 1 + SAYS_YES * YES_FILES) + requests
    calls = requests + 4 * MINUTES + 2 * batches
    seconds = calls * CALL_S * CALL_GB + 30 * 60 * (1.77 + 3.0)
    return {
        "files and answers sent (CloudFront)": served / 1e9 * TRANSFER_GB,
        "requests at the edge (CloudFront)": asked / 1e6 * EDGE_MILLION,
        "requests to functions (API Gateway)": requests / 1e6 * API_MILLION,
        "functions (Lambda)": calls / 1e6 * CALL_MILLION + seconds * GB_SECOND,
        "choices, taken in and published": priced(CHOICE, records) + priced(PUBLISHED, batches),
        "reports to counts": priced(REPORT, reports) * 1.5,
        "clocks that look whether there is work": priced(IDLE_MINUTE, MINUTES),
        "log lines": calls * LOG_LINE_BYTES / 1e9 * LOG_GB,
        "keys, alarms, dashboard": keys * KEY_MONTH + alarms * ALARM_MONTH + DASHBOARD_MONTH,
    }


def page(project: Path) -> str:
    """Print docs/costs.md."""
    keys, alarms = kept(project)
    months = [month(visits, keys=keys, alarms=alarms) for visits in VISITS]
    lines = [f"| {part} | {' | '.join(f'{each[part]:,.2f}' for each in months)} |" for part in months[0]]
    total = " | ".join(f"**{sum(each.values()):,.2f}**" for each in months)
    heads = " | ".join(f"{visits:,} visits" for visits in VISITS)
    return f"""# What it costs

This page is printed by `python -m nearside.costs`; a change here is lost.
What a choice, a report and an idle minute have AWS do was counted on a whole deployment,
and is counted anew by `tests/contract/test_costs.py`.
Keys ({keys}) and alarms ({alarms}) are those of the templates, bytes those of `benchmarks/README.md`.

Dollars in thirty days:

| part | {heads} |
| --- | --: | --: | --: |
{chr(10).join(lines)}
| **all** | {total} |

## What is assumed

- A visit is {PAGES} pages and {FILES} files.
  All that a first page brings is fetched in every visit ({FIRST_PAGE_BYTES:,} bytes),
  and {LATER_PAGE_BYTES:,} bytes for each further page.
- In {CHOOSES:.0%} of visits somebody chooses, which makes {RECORDS} records.
- In {SAYS_YES:.0%} a device says yes for the first time: it fetches {YES_BYTES:,} bytes more, once,
  and reports four times a week from then on.
- A call of a function takes {CALL_S * 1000:.0f} ms of {CALL_GB * 1024:.0f} MiB.
  Releasing and training take a minute a day each.
- Prices are those of us-east-1, without free tiers, as published in 2025 by AWS for
  [CloudFront](https://aws.amazon.com/cloudfront/pricing/), [Lambda](https://aws.amazon.com/lambda/pricing/),
  [API Gateway](https://aws.amazon.com/api-gateway/pricing/), [DynamoDB](https://aws.amazon.com/dynamodb/pricing/on-demand/),
  [S3](https://aws.amazon.com/s3/pricing/), [KMS](https://aws.amazon.com/kms/pricing/),
  [SQS](https://aws.amazon.com/sqs/pricing/) and [CloudWatch](https://aws.amazon.com/cloudwatch/pricing/).
  They were not looked up anew for this page: look them up before you sign anything.

Not in it: storage (cents a gigabyte), a firewall (`infra/waf.yaml` says what that costs), people who log in,
witnesses, support, taxes, and whatever serves the site's pages today: the first two rows are in its place.
"""


@click.command()
def main() -> None:
    """Print docs/costs.md anew."""
    project = Settings.read().project
    (project / PAGE).write_text(page(project), encoding="utf-8")
    click.echo(PAGE)


if __name__ == "__main__":
    main()
