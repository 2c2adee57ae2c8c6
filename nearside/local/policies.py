"""CloudFront's cache and response headers policies, as far as a browser can tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from consent_ledger.errors import Malformed
from nearside.local.intrinsics import Resolver
from nearside.local.template import Resource

_OWN: Final = frozenset({"authorization"})
"""What may tell visitors apart: those who log in, where nothing is kept."""

_TOLD_APART: Final = frozenset({"authorization", "cookie", "host", "origin", "referer", "user-agent"})


@dataclass(frozen=True, slots=True)
class CachePolicy:
    """Whether responses are kept at all, whether they may be compressed, and what goes on to the origin.

    `headers` are in the key, and so is the query where `queries`.
    """

    keeps: bool
    compresses: bool
    headers: frozenset[str] = frozenset()
    queries: bool = False


def read_cache_policy(resource: Resource, resolver: Resolver) -> CachePolicy:
    """Read a cache policy.

    Raises `Malformed` when its key holds a cookie, or a header or a query where answers are kept, or another
    header than that by which people log in.
    """
    config = resolver.properties(resource)["CachePolicyConfig"]
    key = config["ParametersInCacheKeyAndForwardedToOrigin"]
    headers = _listed(key["HeadersConfig"], "HeaderBehavior", "Headers")
    queries = key["QueryStringsConfig"]["QueryStringBehavior"]
    # CloudFront takes a header into a key only where something could be kept, be it for a second that the
    # origin has to ask for.
    keeps = config["DefaultTTL"] > 0
    if key["CookiesConfig"]["CookieBehavior"] != "none" or queries not in {"none", "all"}:
        raise Malformed(f"template: {resource.path} tells visitors apart")
    if (headers or queries == "all") and (keeps or config["MaxTTL"] > 1 or not headers <= _OWN):
        raise Malformed(f"template: {resource.path} tells visitors apart")
    return CachePolicy(keeps, key["EnableAcceptEncodingBrotli"], headers, queries == "all")


def read_request_policy(resource: Resource, resolver: Resolver) -> frozenset[str]:
    """Read an origin request policy: the headers that it sends on beside those of the cache's key.

    Raises `Malformed` for one that sends on a cookie, a query, or who asks from where.
    """
    config = resolver.properties(resource)["OriginRequestPolicyConfig"]
    headers = _listed(config["HeadersConfig"], "HeaderBehavior", "Headers")
    others = {
        config["CookiesConfig"]["CookieBehavior"],
        config["QueryStringsConfig"]["QueryStringBehavior"],
    }
    if others != {"none"} or headers & _TOLD_APART or any(name.startswith("cloudfront-") for name in headers):
        raise Malformed(f"template: {resource.path} tells visitors apart")
    return headers


def _listed(config: Mapping[str, Any], behaviour: str, names: str) -> frozenset[str]:
    match config[behaviour]:
        case "none":
            return frozenset()
        case "whitelist":
            return frozenset(name.lower() for name in config[names])
        case _:
            raise Malformed("template: a policy sends on more than it lists")


def read_headers_policy(
    resource: Resource, resolver: Resolver
) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Read a response headers policy: what it always sets, and what it sets when the origin did not.

    Raises `Malformed` for a kind of header that is not known here.
    """
    config = resolver.properties(resource)["ResponseHeadersPolicyConfig"]
    hard: dict[str, str] = {}
    soft: dict[str, str] = {}
    unknown = set(config) - {"Name", "Comment", "SecurityHeadersConfig", "CustomHeadersConfig"}
    if unknown:
        raise Malformed(f"template: {resource.path} has {min(unknown)}, which nobody plays here")
    for kind, settings in config.get("SecurityHeadersConfig", {}).items():
        name, value = _security_header(kind, settings)
        (hard if settings["Override"] else soft)[name] = value
    for item in config.get("CustomHeadersConfig", {}).get("Items", ()):
        (hard if item["Override"] else soft)[item["Header"].lower()] = item["Value"]
    return hard, soft


def _security_header(kind: str, settings: Mapping[str, Any]) -> tuple[str, str]:
    match kind:
        case "ContentSecurityPolicy":
            return "content-security-policy", settings["ContentSecurityPolicy"]
        case "ContentTypeOptions":
            return "x-content-type-options", "nosniff"
        case "ReferrerPolicy":
            return "referrer-policy", settings["ReferrerPolicy"]
        case "StrictTransportSecurity":
            subdomains = "; includeSubDomains" if settings.get("IncludeSubdomains") else ""
            return "strict-transport-security", f"max-age={settings['AccessControlMaxAgeSec']}{subdomains}"
        case _:
            raise Malformed(f"template: a headers policy has {kind}, which nobody plays here")
