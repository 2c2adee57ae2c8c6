"""The agency API's routes as powertools knows them: for printing alone, nothing is ever answered by them."""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.event_handler import Response as Printed
from aws_lambda_powertools.event_handler.openapi.params import Body, Header, Query
from pydantic.fields import FieldInfo

from lambdas.shared.agency.params import Param, Place
from lambdas.shared.agency.resolver import AgencyResolver, Response


def for_printing(app: AgencyResolver) -> APIGatewayHttpResolver:
    """Return a resolver with the same routes, which can print its OpenAPI document."""
    printer = APIGatewayHttpResolver(enable_validation=True, response_validation_error_http_code=500)
    for route in app.routes:
        printer.route(route.path, method=[route.method], **route.told)(_as_told(route.function))
    return printer


def _as_told(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same function, its annotations in powertools' words."""
    if not isinstance(function, FunctionType):
        raise TypeError("openapi: a route is no plain function")
    copy = FunctionType(
        function.__code__,
        function.__globals__,
        function.__name__,
        function.__defaults__,
        function.__closure__,
    )
    hints = get_type_hints(function, include_extras=True)
    copy.__annotations__ = {name: _hint(name, hint) for name, hint in hints.items()}
    return copy


def _hint(name: str, hint: Any) -> Any:
    if get_origin(hint) is Response:
        printed: Any = Printed
        return printed[get_args(hint)[0]]
    if get_origin(hint) is not Annotated:
        return hint
    annotation, *said = get_args(hint)
    (param,) = (each for each in said if isinstance(each, Param))
    return Annotated[annotation, _info(name, param)]


def _info(name: str, param: Param) -> FieldInfo:
    held = dict(param.held)
    match param.place:
        case Place.QUERY:
            return Query(**held)
        case Place.HEADER:
            return Header(alias=param.name or name, **held)
        case Place.BODY:
            return Body(**held)
        case Place.PATH:
            raise TypeError(f"openapi: {name} is a part of the path, and needs no word of its own")
