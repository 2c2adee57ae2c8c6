"""The privacy officer's visit: open the records with a trace, copy the ledger, and have it audited."""

from __future__ import annotations

import shutil

from demo.stage import Stage


def visit(stage: Stage) -> None:
    """Mirror, open and audit with the officer's own commands.

    Raises `SystemExit` with the audit's status when it finds something.
    """
    stage.console.rule("The privacy officer")
    folder = stage.work / "officer"
    copy, records, report = folder / "copy", folder / "records", folder / "report"
    # A report is never written over; the copy is brought up to date, and registers only grow.
    shutil.rmtree(report, ignore_errors=True)
    state = stage.work.parent
    listed = stage.deployment.keys()
    keys = [part for key in listed.log for part in ("--log-key", str(key))]
    keys += [part for key in listed.witnesses for part in ("--witness", str(key))]
    keys += ["--quorum", str(listed.quorum)]
    stage.run(
        "ledger",
        "open",
        records,
        "--state",
        state,
        "--by",
        "privacy officer",
        "--reason",
        "a look at the demo",
    )
    stage.run("ledger", "mirror", f"{stage.url}/ledger", copy, *keys)
    urls = stage.deployment.outputs["WitnessUrls"]
    copies = [part for url in urls.split(",") if url != "none" for part in ("--witness-copy", url)]
    stage.run("ledger", "audit", copy, *keys, *copies, "--officer", records, "--out", report, "--rows", "4")
