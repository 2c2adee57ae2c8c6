"""Run by the Python that has Spark beside it: counts the files that a JSON list of cases names, by Spark.

`python count_by_spark.py cases.json`; prints one JSON object a case, keys as `told` has them.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from model_export.counting.contributions import Limits, Pair
from model_export.counting.lines import LineFile
from model_export.counting.reading import Choice, Format, Reading
from model_export.counting.sequences import Holdout


def choice_of(case: dict[str, Any]) -> Choice:
    """The choice that a case describes."""
    held = case["holdout"]
    return Choice(Limits(**case["limits"]), holdout=None if held is None else Holdout(held))


def told(counts: Counter[Pair], reading: Reading) -> dict[str, Any]:
    """Counts and the account of lines in JSON's terms."""
    return {
        "counts": sorted([*pair, value] for pair, value in counts.items()),
        "lines": [reading.lines, reading.used, reading.malformed, *reading.first_malformed],
        "left_out": dict(sorted(reading.left_out.items())),
        "days": [reading.first_day, reading.last_day],
    }


def main(cases: Path) -> None:
    """Count each case in turn, in one session of Spark."""
    from model_export.counting.scale.counting import count_at_scale
    from model_export.counting.scale.workshop import open_spark

    for case in json.loads(cases.read_text()):
        reading = Reading()
        with tempfile.TemporaryDirectory() as folder:
            counts = count_at_scale(
                LineFile(Path(case["path"])).blocks(),
                Format(case["format"]),
                reading=reading,
                choice=choice_of(case),
                workshop=open_spark(Path(folder)),
            )
        print(json.dumps(told(counts, reading)), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
