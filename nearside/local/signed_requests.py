"""Who signed a request to a service that is played in this process, as AWS tells it (Signature Version 4).

Whatever else runs on this machine reaches its loopback interface, pages in a browser among it: an address
that changes who may do what answers whoever has a function's key, and nobody else.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from nearside.local.messages import HttpRequest

_AUTHORIZATION: Final = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/, ]+)/(\d{8})/([^/, ]+)/([^/, ]+)/aws4_request, "
    r"SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})"
)
_MUST_BE_SIGNED: Final = frozenset({"host", "x-amz-date", "x-amz-target"})
_DATE: Final = "%Y%m%dT%H%M%SZ"
_APART_S: Final = 300


@dataclass(frozen=True, slots=True)
class SignedBy:
    """Checks requests to one service by the secrets of those who may sign, by their access keys."""

    service: str
    secrets: Mapping[str, str]

    def __call__(self, request: HttpRequest, *, now: datetime) -> str | None:
        """Return the access key that signed a request, or None: not signed, by nobody known, or too long ago.

        Requests have their whole body signed, since no header that would say otherwise is known here.
        """
        found = _AUTHORIZATION.fullmatch(request.headers.get("authorization", ""))
        if found is None:
            return None
        access_key, _, region, service, listed, signature = found.groups()
        names = listed.split(";")
        sent_at = request.headers.get("x-amz-date", "")
        if (
            service != self.service
            or access_key not in self.secrets
            or not set(names) >= _MUST_BE_SIGNED
            or not _is_near(sent_at, now)
        ):
            return None
        auth = SigV4Auth(Credentials(access_key, self.secrets[access_key]), service, region)
        signed = AWSRequest(
            method=request.method,
            url=f"http://{request.headers.get('host', '')}{request.path}",
            headers={name: request.headers[name] for name in names if name in request.headers},
            data=request.body,
        )
        signed.context["timestamp"] = sent_at
        told = auth.signature(auth.string_to_sign(signed, auth.canonical_request(signed)), signed)
        return access_key if hmac.compare_digest(told, signature) else None


def _is_near(sent_at: str, now: datetime) -> bool:
    try:
        at = datetime.strptime(sent_at, _DATE).replace(tzinfo=UTC)
    except ValueError:
        return False
    return abs((now - at).total_seconds()) <= _APART_S
