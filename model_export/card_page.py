"""The model card as a page: `MODEL_CARD.md`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from edge_client.wire.release import Release
from model_export.choosing.sizing import Fitted, Size
from model_export.learning.evaluate import HIT_AT, NDCG_AT, Figure
from model_export.spent import Spent, spent_by
from model_export.training import Recipe, Trained


def print_card(
    trained: Trained,
    releases: Sequence[Release],
    *,
    drift: Mapping[str, int],
    not_for: Sequence[str],
    limits: Sequence[str],
) -> str:
    """The card in Markdown."""
    settings = trained.settings
    lines = [
        f"# Model card: next pages of {releases[0].site}",
        "",
        "Ranks the pages that a visitor may want next, on the visitor's own device.",
        "",
        "## Made from",
        "",
        *(_release_line(release) for release in releases),
        "",
        _spent_line(spent_by(releases)),
        "Nothing else about any visit was read in training.",
        _drift_line(drift),
        "",
        "## The model",
        "",
        f"- Ships: {trained.shipped.value}, chosen on {trained.gated_on}: {_gate_line(trained)}.",
        f"- {len(trained.pages):,} pages; content weighs {settings.kappa:g} visits a page and"
        f" {settings.content_share:g} a visit counted.",
        f"- {_layout_line(trained.fitted.size)}; {len(trained.onnx_bytes):,} bytes.",
        f"- ONNX Runtime and the reference agree on {trained.parity.queries} queries; the largest"
        f" difference of a score is {trained.parity.largest_difference:.2g}.",
        "",
        *_size_lines(trained.fitted),
        "## Accuracy",
        "",
        *_accuracy_lines(trained),
        "",
        "## Not for",
        "",
        *(f"- {use}" for use in not_for),
        "",
        "## Limits",
        "",
        *(f"- {limit}" for limit in limits),
        "",
    ]
    return "\n".join(lines)


def _release_line(release: Release) -> str:
    privacy, totals = release.privacy, release.totals
    noise = "no noise"
    if privacy.epsilon_milli is not None:
        delta = "" if privacy.delta_exp is None else f", delta 1e-{privacy.delta_exp}"
        noise = f"{privacy.mechanism.value} noise, epsilon {privacy.epsilon_milli / 1000:g}{delta}"
    period = f"{release.period.start} to {release.period.end}" if release.period.start else "period not told"
    return (
        f"- {totals['kept_moves']} moves over {totals['kept_cells']} pairs of pages"
        f" ({release.source.value}; {period}): k = {privacy.k}, {noise},"
        f" at most {release.bound.pairs} pairs a {release.bound.unit.value}."
    )


def _spent_line(spent: Spent | None) -> str:
    if spent is None:
        return (
            "No bound on what all of them together tell of one unit: not all have noise, or not for one unit."
        )
    return (
        f"Together they tell at most epsilon {spent.epsilon_milli / 1000:g}, delta 1e-{spent.delta_exp}"
        f" of any one {spent.unit}."
    )


def _drift_line(drift: Mapping[str, int]) -> str:
    return (
        f"{drift['pages_new']} of its pages are in no release, {drift['pages_gone']} pages of the releases"
        f" are not among its own, {drift['pages_renamed']} have another address now; that lost"
        f" {drift['moves_lost_milli'] / 10:g} % of the moves."
    )


def _gate_line(trained: Trained) -> str:
    return f"hit@{HIT_AT} " + ", ".join(
        f"{found.hit.mean:.3f} {recipe.value}" for recipe, found in trained.gate.items()
    )


def _layout_line(size: Size) -> str:
    layout = size.layout
    factors = f", and {layout.rank} factors for the rest" if layout.rank else ""
    return f"{layout.entries:,} neighbours ({layout.spread.value}) of {layout.bits} bits{factors}"


def _size_lines(fitted: Fitted) -> list[str]:
    """What each size keeps, where a budget had sizes compared."""
    if len(fitted.sizes) < 2:
        return []
    rows = [
        "## Sizes",
        "",
        f"How many of the first {NDCG_AT} pages of the whole table a file names too, earlier places first.",
        "",
        "| bytes | compressed | neighbours | bits | factors | kept | first kept |",
        "| ---: | ---: | ---: | ---: | ---: | ---: | --- |",
    ]
    for size in fitted.sizes:
        layout, ships = size.layout, "; ships" if size == fitted.size else ""
        rows.append(
            f"| {size.file_bytes:,} | {size.brotli_bytes:,} | {layout.entries:,} | {layout.bits} |"
            f" {layout.rank} | {size.kept:.3f} | {layout.spread.value}{ships} |"
        )
    return [*rows, ""]


def _accuracy_lines(trained: Trained) -> list[str]:
    if not trained.accuracy:
        return ["No sequences were held out, so nothing is claimed."]
    found = next(iter(trained.accuracy.values()))
    rows = [
        f"{found.steps} steps of held-out sequences, {found.reachable} of them to a page that the model has"
        f" (within reach); 95 % intervals in brackets.",
        "",
        f"| recipe | hit@{HIT_AT} | within reach | NDCG@{NDCG_AT} | coverage@{NDCG_AT} |",
        "| --- | --- | --- | --- | --- |",
    ]
    for recipe in Recipe:
        if recipe in trained.accuracy:
            found = trained.accuracy[recipe]
            rows.append(
                f"| {recipe.value} | {_interval(found.hit)} | {_interval(found.hit_reachable)} |"
                f" {_interval(found.ndcg)} | {found.coverage:.3f} |"
            )
    return rows


def _interval(figure: Figure) -> str:
    return f"{figure.mean:.3f} [{figure.low:.3f}, {figure.high:.3f}]"
