"""What an agency's own tests are told: which request says too much, and what is over a budget."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from nearside.testing import Budget, Cost
from nearside.testing.egress import Egress, Sent


@dataclass(frozen=True)
class Frame:
    """A frame of a page, in another one or not."""

    parent_frame: Frame | None = None


@dataclass(frozen=True)
class Asked:
    """A request for a page about housing, as Playwright tells of one."""

    method: str = "GET"
    frame: Frame = field(default_factory=Frame)
    navigation: bool = True
    url: str = "https://b.example/housing"
    post_data_buffer: bytes | None = None

    def is_navigation_request(self) -> bool:
        """Whether a page is to be shown by it."""
        return self.navigation


class Context:
    """A browser's context that asks for what it is told to."""

    listener: Callable[[Asked], None]

    def add_init_script(self, script: str) -> None:
        """Run nothing: there is no page."""

    def on(self, event: str, listener: Callable[[Asked], None]) -> None:
        """Keep who hears of requests."""
        assert event == "request"
        self.listener = listener


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        (Sent("GET", "https://a.example/x?q=Housing%20Benefit", "", opened=False), True),
        (Sent("POST", "https://a.example/x", '{"page":"/housing+benefit"}', opened=False), True),
        (Sent("GET", "https://a.example/housing", "", opened=False), False),
    ],
)
def test_a_word_is_found_in_an_address_and_in_a_body_however_it_is_written(sent: Sent, *, says: bool) -> None:
    """Also in another case, or percent-encoded."""
    assert sent.says("housing benefit") is says
    assert sent.origin == "https://a.example"


@pytest.mark.parametrize(
    ("request_", "seen"),
    [
        (Asked(), False),
        (Asked(method="POST"), True),
        (Asked(frame=Frame(parent_frame=Frame())), True),
        (Asked(navigation=False), True),
    ],
    ids=["page", "posted", "frame", "fetched"],
)
def test_only_a_page_of_the_tab_itself_may_say_what_its_address_says(request_: Asked, *, seen: bool) -> None:
    """What a frame loads and what a form posts is looked at like whatever a script asks for."""
    context = Context()
    egress = Egress(context)  # type: ignore[arg-type]  # what it asks of one
    context.listener(request_)
    assert (len(egress.saying(["housing"])), len(egress.pages())) == ((1, 0) if seen else (0, 1))


def test_a_budget_says_what_is_over_and_nothing_else() -> None:
    """How long a page was held up counts where a limit was set."""
    assert Budget().exceeded(Cost(10_240, 0.001, 900)) == []
    assert Budget().exceeded(Cost(10_241, 0.5, 0)) == [
        "loader: 10241 bytes of 10240",
        "layout: moved by 0.5000 of 0.001",
    ]
    assert Budget(longest_task_ms=50).exceeded(Cost(0, 0, 51)) == ["task: 51 ms of 50"]
