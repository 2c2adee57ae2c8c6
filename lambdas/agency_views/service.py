"""What everybody of an agency may see of its own sites: models, releases and purposes; nothing is changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from consent_ledger import canonical
from consent_ledger.canonical import Json
from consent_ledger.errors import Malformed
from edge_client.wire.manifest import FLOWS, Manifest
from edge_client.wire.notice import Notices
from edge_client.wire.task import parse_tasks
from lambdas.agency_views.models import Models
from lambdas.agency_views.ports import Bundle, Log
from lambdas.agency_views.purposes import names_of, register_of, resting, since
from lambdas.agency_views.releases import ReleasesView
from lambdas.shared.agency.collection import Collection
from lambdas.shared.agency.cursors import print_cursor, read_cursor
from lambdas.shared.agency.desk import Desk
from lambdas.shared.agency.draft import bodies, read_draft
from lambdas.shared.agency.failures import Absent
from lambdas.shared.agency.roles import Caller, Scope
from lambdas.shared.agency.rows import AgencyId, Kind, Place

_DIGITS = 12


@dataclass(frozen=True, slots=True)
class ViewsService:
    """The views of every agency, each on its own sites alone.

    One site of a deployment is learnt for (`models.site`); of the others there are no models.
    """

    desk: Desk
    models: Models
    releases: ReleasesView
    bundle_of: Callable[[str], Bundle]
    log: Log

    def list_models(
        self, caller: Caller, site: str, *, cursor: str | None, limit: int
    ) -> tuple[tuple[dict[str, Json], ...], str | None]:
        """Return at most `limit` models, the oldest first, and where the next page begins."""
        agency = self.desk.agency_of(caller, site, Scope.READ)
        place = Place(Kind.DRAFTS, f"{site}#models")
        after = int(read_cursor(agency, place, cursor)) if cursor is not None else -1
        if site != self.models.site:
            return (), None
        found = [each for each in self.models.all(self.bundle_of(site)) if each[0] > after]
        items = tuple({**shown, "place": at} for at, shown in found[:limit])
        more = f"{found[limit - 1][0]:0{_DIGITS}}" if len(found) > limit else None
        return items, None if more is None else print_cursor(agency, place, more)

    def get_model(self, caller: Caller, site: str, name: str) -> dict[str, Json]:
        """Return one with its card. Raises `Absent`."""
        self.desk.agency_of(caller, site, Scope.READ)
        if site != self.models.site:
            raise Absent
        found = self.models.one(name, self.bundle_of(site))
        if found is None:
            raise Absent
        return found

    def list_releases(
        self, caller: Caller, site: str, *, cursor: str | None, limit: int
    ) -> tuple[tuple[dict[str, Json], ...], str | None]:
        """Return at most `limit` releases by task and week, and where the next page begins."""
        agency = self.desk.agency_of(caller, site, Scope.READ)
        place = Place(Kind.DRAFTS, f"{site}#releases")
        after = read_cursor(agency, place, cursor) if cursor is not None else ""
        found, more = self.releases.page(site, after=after, limit=limit)
        return found, None if more is None else print_cursor(agency, place, more)

    def get_release(self, caller: Caller, site: str, task: str, period: str) -> dict[str, Json]:
        """Return what a release says of itself. Raises `Absent`."""
        self.desk.agency_of(caller, site, Scope.READ)
        found = self.releases.one(site, task, period)
        if found is None:
            raise Absent
        return found

    def purposes(self, caller: Caller, site: str) -> dict[str, Json]:
        """Return the register of what is live and of the draft, None for either without notices."""
        agency = self.desk.agency_of(caller, site, Scope.READ)
        bundle = self.bundle_of(site)
        manifest = bundle.manifest()
        return {
            "live": None if manifest is None else self._live(bundle, manifest),
            "draft": self._draft(agency, site, bundle, manifest),
        }

    def _live(self, bundle: Bundle, manifest: Manifest) -> dict[str, Json]:
        files = {name: entry.sha256 for name, entry in manifest.files.items()}
        notices = Notices.parse(bundle.file(files["notices.json"]))
        rules = canonical.decode_object(bundle.file(files["rules.json"]))
        flows = names_of(bundle.file(files[FLOWS])) if FLOWS in files else []
        tasks = parse_tasks(bundle.file(files["tasks.json"]))
        words = {lang: canonical.decode(notice.words) for lang, notice in notices.by_lang.items()}
        return {
            "version": manifest.version,
            "since": since(manifest, self.log.document),
            "purposes": register_of(
                words, rests=resting(rules=rules, flows=flows, tasks=tasks), keep_days=_days(rules)
            ),
        }

    def _draft(
        self, agency: AgencyId, site: str, bundle: Bundle, manifest: Manifest | None
    ) -> dict[str, Json] | None:
        documents = read_draft(self.desk.rows, agency, site)
        drafts = bodies(documents)
        notices = drafts.get(Collection.NOTICES, {})
        if not notices:
            return None
        parts = {
            each.value: list(drafts.get(each, {}).values())
            for each in (Collection.RULES, Collection.SLOTS, Collection.QUESTIONS)
        }
        settings = drafts.get(Collection.SETTINGS, {}).get("rules", {})
        # What is counted is not drafted: a bundle announces it, and the next one as it is.
        tasks = () if manifest is None else parse_tasks(bundle.file(manifest.files["tasks.json"].sha256))
        flows = list(drafts.get(Collection.FLOWS, {}))
        changed = [each.changed_at for each in documents[Collection.NOTICES] if each.body is not None]
        words: dict[str, Json] = {lang: dict(body) for lang, body in notices.items()}
        return {
            "version": None,
            "since": max(changed),
            "purposes": register_of(
                words, rests=resting(rules=parts, flows=flows, tasks=tasks), keep_days=_days(settings)
            ),
        }


def _days(rules: Mapping[str, Json]) -> int | None:
    days = rules.get("keep_days")
    if days is not None and (isinstance(days, bool) or not isinstance(days, int)):
        raise Malformed("rules: keep_days is not a number")
    return days
