"""Objects that one writer at a time replaces: what is written follows what was read, or is not written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_OTHERS: Final = frozenset(
    {"PreconditionFailed", "412", "ConditionalRequestConflict", "409", "NoSuchKey", "404"}
)


def replace_object(
    client: S3Client, bucket: str, *, key: str, data: bytes, before: bytes | None, **stored: str
) -> bool:
    """Put an object in the place of one with the bytes `before`, or where there is none for None.

    False where something else is there, or comes to be there meanwhile; `stored` is kept with it.
    """
    condition: dict[str, Any] = {"IfNoneMatch": "*"}
    if before is not None:
        try:
            found = client.get_object(Bucket=bucket, Key=key)
        except client.exceptions.NoSuchKey:
            return False
        if found["Body"].read() != before:
            return False
        condition = {"IfMatch": found["ETag"]}
    try:
        client.put_object(Bucket=bucket, Key=key, Body=data, **stored, **condition)  # type: ignore[arg-type]  # names and values are the API's own
    except ClientError as error:
        if error.response["Error"]["Code"] not in _OTHERS:
            raise
        return False
    return True
