"""CloudFront's cache and response headers policies, as far as a browser can tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from consent_ledger.errors import Malformed
from nearside.local.intrinsics import Resolver
from nearside.local.template import Resource


@dataclass(frozen=True, slots=True)
class CachePolicy:
    """Whether responses are kept at all, and whether they may be compressed."""

    keeps: bool
    compresses: bool


def read_cache_policy(resource: Resource, resolver: Resolver) -> CachePolicy:
    """Read a cache policy. Raises `Malformed` when its key holds a cookie, a header or a query."""
    config = resolver.properties(resource)["CachePolicyConfig"]
    key = config["ParametersInCacheKeyAndForwardedToOrigin"]
    asked = (
        key["CookiesConfig"]["CookieBehavior"],
        key["HeadersConfig"]["HeaderBehavior"],
        key["QueryStringsConfig"]["QueryStringBehavior"],
    )
    if set(asked) != {"none"}:
        raise Malformed(f"template: {resource.path} tells visitors apart")
    return CachePolicy(keeps=config["MaxTTL"] > 0, compresses=key["EnableAcceptEncodingBrotli"])


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
