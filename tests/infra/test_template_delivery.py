"""What the templates have delivered, to whom, with which headers and for how long, whoever edits them."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from nearside.device_page import ADDRESS
from nearside.local.front_door import admitted
from nearside.local.intrinsics import Resolver
from nearside.local.messages import HttpRequest
from nearside.local.names import LocalValues
from nearside.local.template import load, walk
from tests.support.templates import ROOT, resources

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types nearside"
)
DEVICE = "device.example.org"
READS = {"host": DEVICE, "sec-fetch-site": "same-origin", "sec-fetch-mode": "cors"}
OPENS = {"host": DEVICE, "sec-fetch-site": "same-site", "sec-fetch-mode": "navigate"}
PATHS = (
    "/",
    "/parking",
    "/parking/",
    "/a/b",
    "/a.b/c",
    "/style.css",
    "/.well-known/gpc.json",
    "//",
    "/a.b/",
    "/404.html",
    "/nearside/loader.js",
    "/nearside/riverton/files/0a",
    "/ledger/tile/0/000",
    ADDRESS,
)


def header_policy(name: str) -> dict[str, Any]:
    (found,) = [
        each for each in resources("AWS::CloudFront::ResponseHeadersPolicy") if each.logical_id == name
    ]
    config: dict[str, Any] = found.properties["ResponseHeadersPolicyConfig"]
    return config


def policy_of(name: str, *, device: str) -> str:
    """What a headers policy says where devices have this origin."""
    root = load(ROOT / "template.yaml", {"DeviceOrigin": device, "PagesOrigin": "https://example.org"})
    (found,) = [each for each in walk(root) if each.logical_id == name]
    config = Resolver(LocalValues("", "", {})).properties(found)["ResponseHeadersPolicyConfig"]
    said: str = config["SecurityHeadersConfig"]["ContentSecurityPolicy"]["ContentSecurityPolicy"]
    return said


def at_the_door(requests: Sequence[tuple[str, Mapping[str, str]]], *, device: str) -> list[str | None]:
    """What the function in the template makes of each request: a path, or None for one it does not answer."""
    root = load(ROOT / "template.yaml", {"DeviceOrigin": device, "PagesOrigin": "https://example.org"})
    (found,) = [each for each in walk(root) if each.type == "AWS::CloudFront::Function"]
    code = Resolver(LocalValues("", "", {})).properties(found)["FunctionCode"]
    sent = [
        {"uri": path, "headers": {name: {"value": value} for name, value in headers.items()}}
        for path, headers in requests
    ]
    script = (
        f"{code}\nconst answers = {json.dumps(sent)}.map((request) => handler({{request}}));"
        "console.log(JSON.stringify(answers.map((one) => (one.statusCode === 404 ? null : one.uri))));"
    )
    done = subprocess.run(["node", "-e", script], capture_output=True, text=True, check=True)
    answers: list[str | None] = json.loads(done.stdout)
    return answers


def test_documents_are_delivered_as_what_never_changes() -> None:
    """Before the behaviour of what does: the first that matches a path answers."""
    (distribution,) = resources("AWS::CloudFront::Distribution")
    behaviours = distribution.properties["DistributionConfig"]["CacheBehaviors"]
    paths = [each["PathPattern"] for each in behaviours]
    documents = behaviours[paths.index("/ledger/documents/*")]
    assert paths.index("/ledger/documents/*") < paths.index("/ledger/*")
    assert documents["TargetOriginId"] == "ledger"
    assert documents["CachePolicyId"] == {"Ref": "Immutable"}
    assert documents["ResponseHeadersPolicyId"] == {"Ref": "ImmutableHeaders"}


def test_the_page_policy_is_exactly_the_one_promised() -> None:
    """Pages run no inline script or style and nothing of third parties."""
    for name in ("FreshHeaders", "ImmutableHeaders"):
        policy = header_policy(name)["SecurityHeadersConfig"]["ContentSecurityPolicy"]
        assert policy == {"Override": True, "ContentSecurityPolicy": PAGE_POLICY}
    framing = PAGE_POLICY.replace("form-action", "frame-src {}; form-action", 1).format
    assert policy_of("PageHeaders", device="none") == framing("'none'")
    assert policy_of("PageHeaders", device="https://device.example.org") == framing(
        "https://device.example.org"
    )


def test_only_pages_of_the_site_frame_the_page_of_the_devices() -> None:
    """It reaches nothing but its own origin; without an origin of its own nobody frames it."""
    framed = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; worker-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors {}; "
        "require-trusted-types-for 'script'; trusted-types nearside"
    ).format
    assert policy_of("DeviceHeaders", device="none") == framed("'none'")
    assert policy_of("DeviceHeaders", device="https://device.example.org") == framed("https://example.org")


def test_only_the_worker_may_compile_webassembly() -> None:
    """`'wasm-unsafe-eval'` stands in one policy, and one behaviour uses it."""
    policies = {
        each.logical_id
        for each in resources("AWS::CloudFront::ResponseHeadersPolicy")
        if "wasm-unsafe-eval" in json.dumps(each.properties)
    }
    assert policies == {"WorkerHeaders"}
    (distribution,) = resources("AWS::CloudFront::Distribution")
    config = distribution.properties["DistributionConfig"]
    users = [
        each["PathPattern"]
        for each in config["CacheBehaviors"]
        if each["ResponseHeadersPolicyId"] == {"Ref": "WorkerHeaders"}
    ]
    assert users == ["/nearside/runtime/*/worker.js"]
    assert config["DefaultCacheBehavior"]["ResponseHeadersPolicyId"] == {"Ref": "PageHeaders"}


def test_no_path_is_immutable_by_itself() -> None:
    """A path that holds a hash may be missing for a moment: only the object can say that it stays."""
    for policy in resources("AWS::CloudFront::ResponseHeadersPolicy"):
        items = policy.properties["ResponseHeadersPolicyConfig"]["CustomHeadersConfig"]["Items"]
        (cache,) = [item for item in items if item["Header"] == "cache-control"]
        assert "immutable" not in cache["Value"], policy.path
        # What is not to be kept gives way to an object that says otherwise.
        assert cache["Override"] is (cache["Value"] != "no-store"), policy.path


def test_no_visitor_is_told_apart_by_the_cache() -> None:
    """No cache key holds a cookie, a header or a query, and none is sent on, but to the API of agencies."""
    for policy in resources("AWS::CloudFront::CachePolicy"):
        if policy.logical_id == "OfOne":
            continue
        key = policy.properties["CachePolicyConfig"]["ParametersInCacheKeyAndForwardedToOrigin"]
        assert key["CookiesConfig"] == {"CookieBehavior": "none"}
        assert key["HeadersConfig"] == {"HeaderBehavior": "none"}
        assert key["QueryStringsConfig"] == {"QueryStringBehavior": "none"}
    (distribution,) = resources("AWS::CloudFront::Distribution")
    config = distribution.properties["DistributionConfig"]
    told_apart = [
        each
        for each in (*config["CacheBehaviors"], config["DefaultCacheBehavior"])
        if "OriginRequestPolicyId" in each or each["CachePolicyId"] == {"Ref": "OfOne"}
    ]
    assert [each["PathPattern"] for each in told_apart] == ["/agency/*"]


def test_an_error_is_its_origin_s_own_and_is_not_kept() -> None:
    """No page stands for any; S3 says of what is missing that it is, as CloudFront may list both buckets and
    asks for no list: a query is sent to neither, and what it asks for is a file by the front door."""
    (distribution,) = resources("AWS::CloudFront::Distribution")
    config = distribution.properties["DistributionConfig"]
    errors = {each["ErrorCode"]: each for each in config["CustomErrorResponses"]}
    assert set(errors) == {400, 403, 500, 502, 503, 504}
    for code, each in errors.items():
        assert each == {"ErrorCode": code, "ErrorCachingMinTTL": 0}
    for name in ("SiteBucketPolicy", "LedgerBucketPolicy"):
        (policy,) = [each for each in resources("AWS::S3::BucketPolicy") if each.logical_id == name]
        allowed = [
            each for each in policy.properties["PolicyDocument"]["Statement"] if each["Effect"] == "Allow"
        ]
        assert [each["Action"] for each in allowed] == ["s3:GetObject", "s3:ListBucket"]
        assert len({json.dumps(each["Condition"]) for each in allowed}) == 1
        assert all(each["Principal"] == {"Service": "cloudfront.amazonaws.com"} for each in allowed)
    assert at_the_door([("/", {}), ("//", {})], device="none") == ["/index.html", "//index.html"]


@pytest.mark.skipif(shutil.which("node") is None, reason="node runs the CloudFront function")
@pytest.mark.parametrize("device", ["none", f"https://{DEVICE}"])
def test_the_front_door_is_the_same_here_and_at_cloudfront(device: str) -> None:
    """The function in the template and the one of the local delivery agree on every kind of request."""
    kinds: list[dict[str, str]] = [{}, {"host": "example.org"}, {"host": DEVICE}, READS, OPENS]
    kinds += [READS | {"sec-fetch-mode": mode} for mode in ("navigate", "no-cors", "same-origin", "")]
    kinds += [READS | {"sec-fetch-site": site} for site in ("same-site", "cross-site", "none", "")]
    requests = [(path, headers) for path in PATHS for headers in kinds]
    host = device.rpartition("/")[2]
    assert at_the_door(requests, device=device) == [
        admitted(HttpRequest("GET", path, headers=headers), host) for path, headers in requests
    ]


@pytest.mark.skipif(shutil.which("node") is None, reason="node runs the CloudFront function")
def test_one_page_opens_in_the_devices_origin_and_nowhere_else() -> None:
    """Nor is one read ahead by a page of the site, or by a browser that does not say who asks."""
    opened = [*((path, OPENS) for path in PATHS), *((path, {"host": DEVICE}) for path in PATHS)]
    opened += [(path, OPENS | {"sec-fetch-mode": "no-cors"}) for path in PATHS]
    answers = at_the_door(opened, device=f"https://{DEVICE}")
    assert {path for path in answers if path} == {ADDRESS}
    assert at_the_door(
        [("/style.css", READS), ("/nearside/loader.js", READS)], device=f"https://{DEVICE}"
    ) == [
        "/style.css",
        "/nearside/loader.js",
    ]
    for device in ("none", f"https://{DEVICE}"):
        assert at_the_door([(ADDRESS, {"host": "example.org"})], device=device) == [None]
    (distribution,) = resources("AWS::CloudFront::Distribution")
    config = distribution.properties["DistributionConfig"]
    for each in (*config["CacheBehaviors"], config["DefaultCacheBehavior"]):
        assert ("FunctionAssociations" in each) is (each["TargetOriginId"] not in {"api", "agency"}), (
            each.get("PathPattern")
        )
