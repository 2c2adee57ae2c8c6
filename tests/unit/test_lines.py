"""Files are read in blocks, and no block's edge shows in the lines."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consent_ledger.errors import Malformed
from model_export.counting import lines as module
from model_export.counting.lines import LONGEST_LINE_BYTES, Line, LineFile


def plainly(content: bytes) -> list[Line]:
    """The lines of a small file, by what the reader promises."""
    pieces = content.split(b"\n")
    if pieces[-1] == b"":
        pieces.pop()
    texts = [
        None if len(piece) >= LONGEST_LINE_BYTES else piece.decode("utf-8", "replace").rstrip("\r")
        for piece in pieces
    ]
    if texts and texts[0] is not None:
        texts[0] = texts[0].removeprefix("\ufeff")
    return [Line(number, text) for number, text in enumerate(texts, start=1)]


PIECES = st.sampled_from(
    [b"a", b"\n", b"\r\n", b"\xc3", b"\xa9", b"\xff", b"\xef\xbb\xbf", b"\r", b" ", b"b" * 40_000]
)


@pytest.mark.parametrize("size", [1, 3, 7, 70_000])
@settings(max_examples=40)
@given(content=st.lists(PIECES, min_size=1, max_size=25).map(b"".join))
def test_blocks_of_any_size_give_the_same_lines(
    tmp_path_factory: pytest.TempPathFactory, size: int, content: bytes
) -> None:
    """Numbers, texts, broken letters and lines that are too long."""
    path = tmp_path_factory.mktemp("lines") / "file"
    path.write_bytes(content)
    packed = path.with_suffix(".gz")
    packed.write_bytes(gzip.compress(content))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BLOCK_BYTES", size if len(content) < 1000 else 70_000)
        assert list(LineFile(path)) == plainly(content)
        assert list(LineFile(packed)) == plainly(content)


def test_a_line_without_an_end_is_not_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of one endless line costs a block, and the line after it is read."""
    monkeypatch.setattr(module, "BLOCK_BYTES", 100_000)
    path = tmp_path / "file"
    path.write_bytes(b"x" * 1_000_000 + b"\nnext")
    assert list(LineFile(path)) == [Line(1, None), Line(2, "next")]
    path.write_bytes(b"\0" + b"x" * 1_000_000)
    with pytest.raises(Malformed, match="binary"):
        list(LineFile(path))
