"""What an agency's people stopped stays so when their deployer publishes, unless that is said."""

from __future__ import annotations

from dataclasses import dataclass, replace

from consent_ledger.errors import Malformed, Untrue
from lambdas.publish_bundle.store import S3Files
from lambdas.shared.agency.sites import Sites
from lambdas.shared.publishing.bundle_files import BundleFiles, read_files
from lambdas.shared.publishing.live_bundle import Seen, finish, see
from lambdas.shared.publishing.stopping import Part, as_live, check_startable, held, parts
from nearside.deployment import Deployment


@dataclass(frozen=True, slots=True)
class Held:
    """Files to publish upon what was `seen`, and what of them is silent."""

    files: BundleFiles
    seen: Seen
    silent: tuple[Part, ...]


def hold_stops(files: BundleFiles, deployment: Deployment, *, revives: bool) -> Held:
    """Return files with what is stopped stopped, by the live bundle and by what was asked for.

    Whoever `revives` lets all of it go on. Where the live bundle cannot be believed, which publishing by hand
    is there to mend, what was asked for alone counts. Raises `Refused` when the log takes nothing in, and for
    a flow or a reminder that could not be stopped.
    """
    check_startable(files.by_name)
    seen = see(deployment.shelf, files.site)
    agency = Sites.parse(deployment.outputs["AgencySites"]).owner_of(files.site)
    asked = S3Files(deployment.s3, deployment.outputs["AgencyBucket"])
    if revives:
        if agency is not None:
            asked.let_go(agency, files.site)
        return Held(files, seen, ())
    by_name = files.by_name
    live = _live(files.site, deployment)
    if live is not None:
        by_name = as_live(by_name, live.by_name)
    if agency is not None:
        by_name = held(by_name, asked.newest_of(agency, files.site).stops)
    silent = tuple(part for part, is_silent in parts(by_name).items() if is_silent)
    return Held(replace(files, by_name=by_name), seen, silent)


def _live(site: str, deployment: Deployment) -> BundleFiles | None:
    shelf = deployment.shelf
    try:
        bundle = finish(shelf, site, log=deployment.log, keys=deployment.keys())
        return None if bundle is None else read_files(shelf, bundle.manifest)
    except (Malformed, Untrue):
        return None
