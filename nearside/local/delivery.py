"""Plays CloudFront: behaviours and the front door as `infra/delivery.yaml` has them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from consent_ledger.errors import Malformed
from nearside.local.compression import Compressor
from nearside.local.front_door import admitted
from nearside.local.intrinsics import Resolver
from nearside.local.messages import Answer, HttpRequest, HttpResponse
from nearside.local.policies import (
    CachePolicy,
    read_cache_policy,
    read_headers_policy,
    read_request_policy,
)
from nearside.local.template import Resource, Scope, walk

_FORWARDED: Final = frozenset({"content-type", "content-length", "host"})
"""Request headers that reach an origin without an origin request policy."""

_NOBODY: Final = HttpResponse(404, {"cache-control": "no-store", "content-type": "text/plain"})


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What happens to paths that match `pattern`, with CloudFront's wildcards `*` and `?`."""

    pattern: str
    origin: str
    methods: frozenset[str]
    compress: bool
    front_door: bool
    cache: CachePolicy
    headers: Mapping[str, str]
    soft_headers: Mapping[str, str]
    forwarded: frozenset[str] = _FORWARDED

    def matches(self, path: str) -> bool:
        """Say whether the path is this behaviour's."""
        pattern = re.escape(self.pattern.lstrip("/")).replace(r"\*", ".*").replace(r"\?", ".")
        return re.fullmatch(pattern, path.lstrip("/")) is not None


@dataclass(frozen=True, slots=True)
class Delivery:
    """What is behind one domain; `origins` answer by the id that the distribution gives them.

    `device` is the host of the devices' own origin, as the front door knows it.
    """

    behaviours: tuple[Behaviour, ...]
    origins: Mapping[str, Answer]
    compressor: Compressor
    device: str

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer a request by the first behaviour that matches its path."""
        behaviour = next(each for each in self.behaviours if each.matches(request.path))
        if request.method not in behaviour.methods:
            return HttpResponse(403, behaviour.headers)
        path = admitted(request, self.device) if behaviour.front_door else request.path
        if path is None:
            return _NOBODY
        response = self._from_origin(replace(request, path=path), behaviour)
        headers = {**behaviour.soft_headers, **response.headers, **behaviour.headers}
        response = HttpResponse(response.status, headers, response.body)
        if behaviour.compress and behaviour.cache.compresses:
            response = self.compressor(request, response)
        return _conditional(request, response)

    def _from_origin(self, request: HttpRequest, behaviour: Behaviour) -> HttpResponse:
        forwarded = HttpRequest(
            # A cache asks for the whole object whatever the visitor asked for.
            method="GET" if behaviour.cache.keeps else request.method,
            path=request.path,
            query=request.query if behaviour.cache.queries else "",
            headers={
                **{name: value for name, value in request.headers.items() if name in behaviour.forwarded},
                "user-agent": "Amazon CloudFront",
            },
            body=request.body,
            source_ip=request.source_ip,
        )
        return self.origins[behaviour.origin](forwarded)


def read_delivery(
    root: Scope, resolver: Resolver, *, bucket_origin: Callable[[str], Answer], apis: Mapping[str, Answer]
) -> Delivery:
    """Read the one distribution of the templates.

    `bucket_origin` makes the origin of a bucket of that name, `apis` are by their ids. Raises `Malformed`
    when there is not one distribution, for pages in the place of errors, and for a function or an origin
    whose part nobody plays.
    """
    distributions = [each for each in walk(root) if each.type == "AWS::CloudFront::Distribution"]
    if len(distributions) != 1:
        raise Malformed("template: not one distribution")
    config = resolver.properties(distributions[0])["DistributionConfig"]
    if any("ResponsePagePath" in each for each in config.get("CustomErrorResponses", ())):
        raise Malformed("template: a page stands in the place of errors, which nobody plays here")
    scope = distributions[0].scope
    written = distributions[0].properties["DistributionConfig"]
    behaviours = [
        *(_behaviour(each, scope, resolver) for each in written["CacheBehaviors"]),
        _behaviour({**written["DefaultCacheBehavior"], "PathPattern": "*"}, scope, resolver),
    ]
    return Delivery(
        behaviours=tuple(behaviours),
        origins={each["Id"]: _origin(each, bucket_origin, apis) for each in config["Origins"]},
        compressor=Compressor(),
        device=str(resolver.resolve({"Ref": "DeviceOrigin"}, distributions[0].scope)).rpartition("/")[2],
    )


def _behaviour(written: Mapping[str, Any], scope: Scope, resolver: Resolver) -> Behaviour:
    plain = resolver.resolve({name: written[name] for name in ("PathPattern", "TargetOriginId")}, scope)
    headers, soft_headers = read_headers_policy(_named(written, "ResponseHeadersPolicyId", scope), resolver)
    cache = read_cache_policy(_named(written, "CachePolicyId", scope), resolver)
    asked = frozenset[str]()
    if "OriginRequestPolicyId" in written:
        asked = read_request_policy(_named(written, "OriginRequestPolicyId", scope), resolver)
    return Behaviour(
        pattern=plain["PathPattern"],
        origin=plain["TargetOriginId"],
        methods=frozenset(written.get("AllowedMethods", ("GET", "HEAD"))),
        compress=written.get("Compress", False),
        front_door=_has_front_door(written),
        cache=cache,
        headers=headers,
        soft_headers=soft_headers,
        forwarded=_FORWARDED | cache.headers | asked,
    )


def _named(written: Mapping[str, Any], name: str, scope: Scope) -> Resource:
    match written.get(name):
        case {"Ref": str(logical_id)} if logical_id in scope.resources:
            return scope.resources[logical_id]
        case _:
            raise Malformed(f"template: a behaviour's {name} is not a policy of its own template")


def _has_front_door(written: Mapping[str, Any]) -> bool:
    match written.get("FunctionAssociations", []):
        case []:
            return False
        case [{"EventType": "viewer-request", "FunctionARN": {"Fn::GetAtt": ["FrontDoor", _]}}]:
            return True
        case _:
            raise Malformed("template: a behaviour has a function whose part nobody plays")


def _origin(
    config: Mapping[str, Any], bucket_origin: Callable[[str], Answer], apis: Mapping[str, Answer]
) -> Answer:
    host = config["DomainName"]
    if "S3OriginConfig" in config:
        return bucket_origin(host.partition(".s3.")[0])
    api, found, _ = host.partition(".execute-api.")
    if found and api in apis:
        return apis[api]
    raise Malformed("template: an origin is neither a bucket nor an API")


def _conditional(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    etag = response.headers.get("etag")
    asked = request.headers.get("if-none-match")
    if response.status == 200 and etag is not None and asked is not None:
        known = {tag.strip().removeprefix("W/") for tag in asked.split(",")}
        if "*" in known or etag.removeprefix("W/") in known:
            kept = {
                name: value for name, value in response.headers.items() if not name.startswith("content-t")
            }
            kept.pop("content-encoding", None)
            return HttpResponse(304, kept)
    return response
