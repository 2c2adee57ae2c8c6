"""Objects that are written once: whoever comes first, what is there stays."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_THERE: Final = frozenset({"PreconditionFailed", "412"})
_MET_ANOTHER: Final = frozenset({"ConditionalRequestConflict", "409"})
_TRIES: Final = 5
_PAUSE_S: Final = 0.05


def put_once(client: S3Client, bucket: str, *, key: str, data: bytes, noun: str, **stored: Any) -> None:
    """Put an object where there is none; `stored` is kept with it.

    Raises `TimeoutError` with the noun when another writer is at it all the time.
    """
    for _ in range(_TRIES):
        try:
            client.put_object(Bucket=bucket, Key=key, Body=data, IfNoneMatch="*", **stored)
            return
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in _THERE:
                return
            # Neither this write nor the other may have come through: what is there is told by the next one.
            if code not in _MET_ANOTHER:
                raise
            time.sleep(_PAUSE_S)
    raise TimeoutError(f"{noun}: too many conflicting writes")
