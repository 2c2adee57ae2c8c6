"""A real Spark, started once, counts every file as plain Python and DuckDB do."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from model_export.counting.contributions import WHOLE_PARTS, Limits
from model_export.counting.counts import count
from model_export.counting.lines import LineFile
from model_export.counting.reading import Format, Reading
from model_export.counting.scale.counting import count_at_scale
from model_export.counting.scale.workshop import open_duckdb
from tests.support.count_by_spark import choice_of, told
from tests.support.nasty_logs import nasty

ROOT = Path(__file__).resolve().parent.parent.parent
SPARK_PYTHON = ROOT / ".venv-spark" / "bin" / "python"
SHARED = Limits(190, window=None, parts=WHOLE_PARTS)


def case(path: Path, format_: Format, limits: Limits, *, holdout: float | None = None) -> dict[str, Any]:
    return {"path": str(path), "format": format_.value, "limits": asdict(limits), "holdout": holdout}


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory, public_data: Path) -> list[dict[str, Any]]:
    """Nasty files of three formats, and the real ones where they are, of which the EPA's is in the fourth."""
    folder = tmp_path_factory.mktemp("logs")
    made = []
    for format_, limits in (
        (Format.NCSA, Limits(2, window=2)),
        (Format.SESSIONS, Limits(1, window=None)),
        (Format.MOVES, Limits(1)),
    ):
        path = folder / format_.value
        path.write_bytes(nasty(format_, 7, lines=400))
        made.append(case(path, format_, limits, holdout=0.2 if format_ is Format.SESSIONS else None))
    epa, sessions = public_data / "epa-weblog/access.log", public_data / "govuk-journeys/sessions.csv"
    real = [case(epa, Format.EPA, SHARED), case(sessions, Format.SESSIONS, SHARED, holdout=0.2)]
    return [*made, *(one for one in real if Path(one["path"]).is_file())]


@pytest.fixture(scope="module")
def by_spark(cases: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What Spark says of each case."""
    if not SPARK_PYTHON.exists():
        pytest.skip("Spark is not installed beside the project: make build/.stamps/spark")
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        pytest.skip("no Java for Spark: make java")
    listed = tmp_path_factory.mktemp("cases") / "cases.json"
    listed.write_text(json.dumps(cases))
    ran = subprocess.run(
        [SPARK_PYTHON, "-m", "tests.support.count_by_spark", listed],
        cwd=ROOT,
        # Small files are counted before it pays to compile well.
        env={**os.environ, "JAVA_TOOL_OPTIONS": "-XX:TieredStopAtLevel=1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    return [json.loads(line) for line in ran.stdout.splitlines() if line.startswith("{")]


@pytest.mark.data
@pytest.mark.timeout(
    1200
)  # Spark starts in ten seconds on a machine of its own, in a minute beside other work
def test_three_engines_count_the_same(cases: list[dict[str, Any]], by_spark: list[dict[str, Any]]) -> None:
    """Counts, malformed lines by number, what was left out and why, first and last day."""
    assert len(by_spark) == len(cases) >= 4
    for one, spark in zip(cases, by_spark, strict=True):
        path, format_, choice = Path(one["path"]), Format(one["format"]), choice_of(one)
        reading = Reading()
        plain = told(count(LineFile(path), format_, reading=reading, choice=choice), reading)
        reading = Reading()
        with tempfile.TemporaryDirectory() as folder:
            workshop = open_duckdb(Path(folder))
            counts = count_at_scale(
                LineFile(path).blocks(), format_, reading=reading, choice=choice, workshop=workshop
            )
            workshop.close()
        assert plain == told(counts, reading), path.name
        assert plain == json.loads(json.dumps(spark)), path.name
        assert len(spark["counts"]) > 5, path.name
