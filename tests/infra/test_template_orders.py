"""Orders of agencies: stops wait behind nothing, nobody needs a spare execution, and silence is heard."""

from __future__ import annotations

from typing import Any

from lambdas.page_model.service import MOST_TRIES
from lambdas.resend_orders.service import Run
from tests.support.templates import functions, resources


def queue(name: str) -> dict[str, Any]:
    """A queue's properties."""
    (found,) = [each for each in resources("AWS::SQS::Queue") if each.logical_id == name]
    return dict(found.properties)


def test_a_stop_waits_behind_nothing_that_publishes() -> None:
    """It has a queue of its own, which calls the function by itself, and is given up long after the other."""
    (publisher,) = [each for each in functions() if each.logical_id == "PublishBundleFunction"]
    sources = {
        event["Properties"]["Queue"]["Fn::GetAtt"][0] for event in publisher.properties["Events"].values()
    }
    assert sources == {"JobQueue", "KillQueue"}
    received = [queue(name)["RedrivePolicy"]["maxReceiveCount"] for name in ("JobQueue", "KillQueue")]
    assert received == [30, 1000]
    for name in ("JobQueue", "KillQueue"):
        assert queue(name)["VisibilityTimeout"] >= publisher.properties["Timeout"]


def test_no_account_needs_an_execution_to_spare_for_publishing() -> None:
    """A new one has none to reserve; each queue calls it twice at most, the least that can be said."""
    (publisher,) = [each for each in functions() if each.logical_id == "PublishBundleFunction"]
    assert "ReservedConcurrentExecutions" not in publisher.properties
    for event in publisher.properties["Events"].values():
        assert event["Properties"]["ScalingConfig"] == {"MaximumConcurrency": 2}
        assert event["Properties"]["BatchSize"] == 1


def test_an_order_for_pages_that_ends_its_maker_is_delivered_until_it_is_answered() -> None:
    """After those that have something made, once for a rollback's words and once for the answer that there is
    none; each comes when the function's time is over, and not while it runs."""
    (maker,) = [each for each in functions() if each.logical_id == "PageModelFunction"]
    pages = queue("PageQueue")
    assert pages["RedrivePolicy"]["maxReceiveCount"] >= MOST_TRIES + 2
    assert pages["VisibilityTimeout"] > maker.properties["Timeout"]


def test_somebody_is_told_of_an_order_that_waits_for_too_long() -> None:
    """By what the function says of its own runs."""
    (found,) = [each for each in resources("AWS::Logs::MetricFilter") if each.logical_id == "OrdersLate"]
    (made,) = found.properties["MetricTransformations"]
    assert found.properties["FilterPattern"] == '{ $.message = "resend-orders" && $.late > 0 }'
    assert made["MetricValue"] == "$.late"
    assert Run().plus(sent=False, late=True).late == 1
    (alarm,) = [each for each in resources("AWS::CloudWatch::Alarm") if each.logical_id == "OrdersLateAlarm"]
    assert alarm.properties["MetricName"] == made["MetricName"]
    assert alarm.properties["Namespace"] == made["MetricNamespace"]
