"""A bucket as an origin: its objects by path, read through S3's own API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from botocore.exceptions import ClientError

from nearside.local.messages import HttpRequest, HttpResponse

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_GONE: Final = {"404", "NoSuchKey", "NoSuchBucket", "400", "InvalidArgument", "KeyTooLongError"}
_MISSING: Final = HttpResponse(
    404, {"content-type": "application/xml"}, b"<Error><Code>NoSuchKey</Code></Error>"
)


@dataclass(frozen=True, slots=True)
class BucketOrigin:
    """One bucket; what is not there is said to be missing, because CloudFront may list it."""

    client: S3Client
    bucket: str

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Return the object of that path."""
        key = unquote(request.path).lstrip("/")
        if request.method not in {"GET", "HEAD"} or not key:
            # S3 would list what is there: no request for a file is that.
            return HttpResponse(403)
        try:
            found = self.client.get_object(Bucket=self.bucket, Key=key)
        except ClientError as error:
            if error.response["Error"]["Code"] in _GONE:
                return _MISSING
            raise
        headers = {"content-type": found["ContentType"], "etag": found["ETag"]}
        if "CacheControl" in found:
            headers["cache-control"] = found["CacheControl"]
        if "ContentEncoding" in found:
            headers["content-encoding"] = found["ContentEncoding"]
        return HttpResponse(200, headers, found["Body"].read())
