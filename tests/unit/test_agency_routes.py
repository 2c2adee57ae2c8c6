"""Routes of the agency API: which requests are theirs, what they are called with, and what is refused."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field

from lambdas.shared.agency.failures import Absent
from lambdas.shared.agency.params import body as sent
from lambdas.shared.agency.params import header, query
from lambdas.shared.agency.problem_json import Invalid, answer_to
from lambdas.shared.agency.resolver import AgencyResolver, Response, json_reply


class Kind(StrEnum):
    """What there is."""

    CAT = "cat"
    DOG = "dog"


class Wish(BaseModel):
    """A body."""

    model_config = {"extra": "forbid", "strict": True}

    name: str = Field(min_length=1)
    of: list[int] = []


Many = Annotated[int, query(ge=1, le=9, description="How many")]
Key = Annotated[str, header("Wish-Key", pattern="^[a-z]+$")]
IfMatch = Annotated[str | None, header("If-Match")]


def make() -> AgencyResolver:
    """Routes that say what they were called with."""
    app = AgencyResolver()

    @app.get("/pets/<kind>/<name>")
    def pet(kind: Kind, name: str, many: Many = 3, if_match: IfMatch = None) -> Response[Any]:
        return json_reply([kind.value, name, many, if_match])

    @app.get("/pets/cat/all")
    def cats() -> Response[Any]:
        return json_reply({"all": True})

    @app.post("/wishes")
    def wish(wish_key: Key, body: Wish) -> Response[Wish]:
        return json_reply(body, status=201, headers={"location": f"/wishes/{wish_key}"})

    @app.put("/notes")
    def note(body: Annotated[dict[str, Any], sent(description="Anything")]) -> Response[Any]:
        return json_reply(body)

    @app.delete("/notes")
    def away() -> Response[Any]:
        return Response(204)

    return app.made_ready()


APP = make()


def ask(method: str, path: str, body: Any = None, *, stage: str = "$default", **more: Any) -> dict[str, Any]:
    """An answer of the routes above; `query` and `headers` as the gateway hands them over."""
    event = {
        "rawPath": path,
        "queryStringParameters": more.get("query"),
        "headers": more.get("headers"),
        "requestContext": {"http": {"method": method}, "stage": stage},
        "body": None if body is None else json.dumps(body),
    }
    return APP.resolve(event, None)


def wrong(method: str, path: str, body: Any = None, **more: Any) -> set[tuple[str, str]]:
    """What a request is refused for, as the problem says it."""
    with pytest.raises(Invalid) as refused:
        ask(method, path, body, **more)
    return {(each.where, each.what) for each in answer_to(refused.value).problems}


def test_a_route_is_called_with_what_it_asks_for() -> None:
    """Parts of the path, the query and headers in whatever case, each as what it is said to be."""
    asked = ask("GET", "/pets/dog/Rex~1", query={"many": "7"}, headers={"IF-Match": '"a,b"'})
    assert json.loads(asked["body"]) == ["dog", "Rex~1", 7, '"a,b"']
    assert json.loads(ask("GET", "/pets/cat/x")["body"]) == ["cat", "x", 3, None]


def test_a_path_that_is_one_alone_comes_before_one_with_parts() -> None:
    """In whichever order they were written down."""
    assert json.loads(ask("GET", "/pets/cat/all")["body"]) == {"all": True}


@pytest.mark.parametrize("stage", ["$default", "live"])
def test_the_name_of_a_stage_is_no_part_of_the_path(stage: str) -> None:
    """A gateway with stages puts it before."""
    path = "/pets/dog/Rex" if stage == "$default" else f"/{stage}/pets/dog/Rex"
    assert json.loads(ask("GET", path, stage=stage)["body"])[1] == "Rex"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/pets/dog"),
        ("GET", "/pets/dog/"),
        ("GET", "/pets/dog/Rex/more"),
        ("GET", "/pets/dog/Rex\n"),
        ("GET", "/pets/dog/Rex#"),
        ("GET", "/pets"),
        ("PATCH", "/wishes"),
        ("GET", "/wishes"),
    ],
)
def test_what_is_no_route_s_is_absent(method: str, path: str) -> None:
    """Also where another method would find something, and with a line behind the last part."""
    with pytest.raises(Absent):
        ask(method, path, {})


def test_everything_that_is_wrong_is_told_at_once() -> None:
    """A pointer into the body, or a header's name; never what was sent."""
    assert wrong("POST", "/wishes", {"name": "", "of": [1, "two"], "more": 1}) == {
        ("header.wish-key", "is missing"),
        ("/name", "is not valid (string_too_short)"),
        ("/of/1", "is not valid (int_type)"),
        ("/more", "is not valid (extra_forbidden)"),
    }
    assert wrong("GET", "/pets/dog/Rex", query={"many": "10"}) == {
        ("query.many", "is not valid (less_than_equal)")
    }
    assert wrong("POST", "/wishes", headers={"wish-key": "A"}) == {
        ("header.wish-key", "is not valid (string_pattern_mismatch)"),
        ("", "is missing"),
    }


def test_what_is_there_twice_is_one_value() -> None:
    """The gateway joins two of a query by a comma: that is no number, and nothing is chosen of it."""
    assert wrong("GET", "/pets/dog/Rex", query={"many": "1,2"}) == {
        ("query.many", "is not valid (int_parsing)")
    }


def test_a_part_that_is_none_of_its_kind_is_absent() -> None:
    """404, as for what there never was, whatever else is wrong."""
    with pytest.raises(Invalid) as refused:
        ask("GET", "/pets/cow/Rex", query={"many": "0"})
    assert answer_to(refused.value).status == 404


@pytest.mark.parametrize("body", [[], [{"name": "x"}], "x", 1, True])
def test_a_body_is_an_object_and_nothing_that_holds_one(body: Any) -> None:
    """A list of one wish is no wish."""
    headers = {"wish-key": "a"}
    assert {where for where, _ in wrong("POST", "/wishes", body, headers=headers)} == {""}
    assert {where for where, _ in wrong("PUT", "/notes", body)} == {""}


def test_an_answer_is_canonical_json_of_its_model_or_nothing() -> None:
    """With its status and headers; what has no body has no content type."""
    made = ask("POST", "/wishes", {"of": [], "name": "x"}, headers={"Wish-Key": "a"})
    assert made == {
        "statusCode": 201,
        "headers": {"content-type": "application/json", "location": "/wishes/a"},
        "body": '{"name":"x","of":[]}',
    }
    assert ask("DELETE", "/notes") == {"statusCode": 204, "headers": {}, "body": None}


def test_a_parameter_that_nothing_says_where_to_read_is_found_at_the_start() -> None:
    """A word of another library's is none of ours."""
    app = AgencyResolver()

    @app.get("/x")
    def wrongly(many: Annotated[int, "somewhere"]) -> Response[Any]:
        raise AssertionError(many)

    with pytest.raises(TypeError, match="many"):
        app.made_ready()
