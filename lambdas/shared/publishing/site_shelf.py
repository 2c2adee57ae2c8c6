"""The site's bucket, as whoever publishes sees it: what is read as browsers get it, and written for them."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import brotli  # type: ignore[import-untyped]  # it ships no types
from botocore.exceptions import ClientError

from lambdas.shared.ledger_storage import IMMUTABLE
from lambdas.shared.publishing.device_code import TWIN
from lambdas.shared.replacing import replace_object

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

COMPRESSED_ON_THE_WAY_BYTES: Final = 10_000_000
"""CloudFront compresses files up to this size; larger ones are stored compressed (its documented quota)."""
_TYPES: Final = {
    ".mjs": "text/javascript",
    ".js": "text/javascript",
    ".ts": "text/plain",
    ".wasm": "application/wasm",
    ".json": "application/json",
    ".whl": "application/octet-stream",
    ".woff2": "font/woff2",
}


@dataclass(frozen=True, slots=True)
class S3Shelf:
    """The site's bucket: pages under their paths, everything of ours under `nearside/`."""

    client: S3Client
    bucket: str

    def read(self, path: str) -> bytes | None:
        """Return a file as browsers get it, or None."""
        try:
            found = self.client.get_object(Bucket=self.bucket, Key=path)
        except self.client.exceptions.NoSuchKey:
            return None
        data = found["Body"].read()
        return bytes(brotli.decompress(data)) if found.get("ContentEncoding") == "br" else data

    def paths(self, prefix: str) -> Iterator[str]:
        """List the paths of all files that begin with `prefix`."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
        for page in pages:
            for found in page.get("Contents", ()):
                yield found["Key"]

    def write(self, path: str, data: bytes, *, immutable: bool, compressed: bytes | None = None) -> None:
        """Put a file where everyone can fetch it; an immutable one is written once, and then left alone.

        `compressed` is the same file in Brotli's format, which is stored in its place.
        """
        stored: dict[str, str] = {"ContentType": _type_of(path)}
        if compressed is None and len(data) > COMPRESSED_ON_THE_WAY_BYTES:
            compressed = brotli.compress(data, quality=9)
        if compressed is not None:
            # Every browser that has module workers takes Brotli.
            data, stored["ContentEncoding"] = compressed, "br"
        if immutable:
            # The object says so itself: said by its path, it would be true of a missing one's 404 as well.
            stored |= {"IfNoneMatch": "*", "CacheControl": IMMUTABLE}
        try:
            self.client.put_object(Bucket=self.bucket, Key=path, Body=data, **stored)  # type: ignore[arg-type]  # names and values are the API's own
        except ClientError as error:
            if not (immutable and error.response["Error"]["Code"] in ("PreconditionFailed", "412")):
                raise

    def replace(self, path: str, data: bytes, *, before: bytes | None) -> bool:
        """Put a file in the place of one with the bytes `before`, or where there is none for None.

        False where something else is there; of two who do so at once, one does.
        """
        return replace_object(
            self.client, self.bucket, key=path, data=data, before=before, ContentType=_type_of(path)
        )

    def write_folder(self, folder: Path, *, prefix: str) -> Iterator[int]:
        """Put a folder's files under `prefix`, and yield the size of each in bytes as it is written.

        What never changes comes first, so that the files that name it never name what is not there yet. A
        file's twin, compressed, is served in its place and not by itself.
        """
        files = {
            prefix + file.relative_to(folder).as_posix(): file for file in folder.rglob("*") if file.is_file()
        }
        for path in sorted(files, key=lambda path: (not _is_immutable(path), path)):
            data = files[path].read_bytes()
            if path.removesuffix(TWIN) not in files or not path.endswith(TWIN):
                twin = files.get(path + TWIN)
                compressed = twin.read_bytes() if twin else None
                self.write(path, data, immutable=_is_immutable(path), compressed=compressed)
            yield len(data)


def _type_of(path: str) -> str:
    kind = _TYPES.get(Path(path).suffix) or mimetypes.guess_type(path)[0] or "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind


def _is_immutable(path: str) -> bool:
    return path.startswith("nearside/runtime/")
