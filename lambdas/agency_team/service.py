"""Who works for an agency, and how that changes: one asks, another confirms, and the trail tells of both."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from consent_ledger import canonical
from consent_ledger.canonical import Json
from consent_ledger.errors import Refused
from lambdas.agency_team.change import TEAM, State, TeamChange, check_roles, read_change, takes_two
from lambdas.agency_team.people import Member, People
from lambdas.shared.agency.answers import Once
from lambdas.shared.agency.audit import Act, Deed, digest_of
from lambdas.shared.agency.cursors import print_cursor, read_cursor
from lambdas.shared.agency.desk import Decided, Desk
from lambdas.shared.agency.failures import Absent, Elsewhere, NotAllowed
from lambdas.shared.agency.roles import Caller, Role, Scope
from lambdas.shared.agency.rows import AgencyId, Kind, Place, all_rows

_MEMBERS = Place(Kind.TEAM, "members")


@dataclass(frozen=True, slots=True)
class TeamService:
    """The people of every agency, each reached by its own alone; `people` is None where others have them.

    `new_id` returns sixteen hex digits.
    """

    desk: Desk
    people: People | None
    new_id: Callable[[], str]

    def members(
        self, caller: Caller, *, cursor: str | None, limit: int
    ) -> tuple[tuple[Member, ...], str | None]:
        """Return at most `limit` people by `sub`, and where the next page begins."""
        agency, people = self._asked(caller, Scope.READ)
        after = read_cursor(agency, _MEMBERS, cursor) if cursor is not None else ""
        found = [each for each in people.members(agency) if each.sub > after]
        more = print_cursor(agency, _MEMBERS, found[limit - 1].sub) if len(found) > limit else None
        return tuple(found[:limit]), more

    def changes(
        self, caller: Caller, *, cursor: str | None, limit: int
    ) -> tuple[tuple[dict[str, Json], ...], str | None]:
        """Return at most `limit` changes, the oldest first, and where the next page begins."""
        agency, _ = self._asked(caller, Scope.READ)
        after = read_cursor(agency, TEAM, cursor) if cursor is not None else ""
        rows = self.desk.rows.page(agency, TEAM, after=after, limit=limit + 1)
        more = print_cursor(agency, TEAM, rows[limit - 1].name) if len(rows) > limit else None
        return tuple(self._shown(read_change(row)) for row in rows[:limit]), more

    def invite(self, caller: Caller, roles: frozenset[Role], *, key: str) -> dict[str, Json]:
        """Ask for somebody new, once for a key: it waits for another one to confirm it."""
        agency, _ = self._asked(caller, Scope.PEOPLE)
        check_roles(agency, roles)
        asked = canonical.encode(["invite", sorted(map(str, roles))])

        def decide() -> Decided:
            change = TeamChange(self._name(), "", roles, caller.sub, self.desk.now())
            return _entered(change, Act.ROLES_ASKED, self._shown(change))

        once = Once(caller.sub, key, asked, self.desk.now())
        return self.desk.act(caller, agency, decide, once=once)

    def change(self, caller: Caller, person: str, roles: frozenset[Role]) -> dict[str, Json]:
        """Ask that somebody has these roles and no others; what only takes a right away is done at once.

        The same again is the same as once. Raises `Absent`, and `Refused` for more rights of one's own, or
        while something else is asked for them.
        """
        agency, _ = self._asked(caller, Scope.PEOPLE)
        check_roles(agency, roles)
        return self._ask(caller, agency, person, roles)

    def remove(self, caller: Caller, person: str) -> dict[str, Json]:
        """Take somebody out, at once; the privacy officer when somebody else confirms it. Raises `Absent`."""
        agency, _ = self._asked(caller, Scope.PEOPLE)
        return self._ask(caller, agency, person, frozenset())

    def confirm(self, caller: Caller, name: str) -> dict[str, Json]:
        """Confirm a change and do it; of somebody new, tell how they log in, this once.

        What the issuer did not do is done by confirming it again. Raises `Absent`, `Refused` for what the
        caller asked for, or is about them, or is over, and `Busy` while it is under way.
        """
        agency, people = self._asked(caller, Scope.TEAM)

        def decide() -> Decided:
            found = self._change(agency, name)
            made = found.confirmed(caller.sub, self.desk.now())
            if (found.state, found.decided_by) == (State.CONFIRMED, caller.sub):
                return Decided((made.write,), (), {})
            return _entered(made, Act.ROLES_CHANGED, {})

        self.desk.act(caller, agency, decide)
        return self._carry_out(caller, agency, people, name)

    def withdraw(self, caller: Caller, name: str) -> dict[str, Json]:
        """Take a change back that waits, or that the issuer did not do.

        Raises `Absent`, `Refused` for one that is over and for what others decided about the caller, and
        `Busy` while it is under way.
        """
        agency, _ = self._asked(caller, Scope.TEAM)

        def decide() -> Decided:
            found = self._change(agency, name)
            if found.state is State.CONFIRMED and found.person == caller.sub != found.asked_by:
                raise Refused("team: nobody takes back what was decided about themselves")
            made = found.withdrawn(caller.sub, self.desk.now())
            return _entered(made, Act.ROLES_WITHDRAWN, self._shown(made))

        return self.desk.act(caller, agency, decide)

    def _ask(self, caller: Caller, agency: AgencyId, person: str, roles: frozenset[Role]) -> dict[str, Json]:
        _, people = self._asked(caller, Scope.PEOPLE)

        def decide() -> Decided:
            open_ = self._open_about(agency, person)
            if open_ is not None and (open_.roles, open_.asked_by) == (roles, caller.sub):
                return self._again(open_, caller)
            before = _member(people, agency, person).roles
            if roles - before and person == caller.sub:
                raise Refused("team: nobody asks for rights of their own")
            if before == roles:
                return self._as_it_is(person, open_, caller)
            asked = TeamChange(self._name(), person, roles, caller.sub, self.desk.now())
            if takes_two(before, roles):
                if open_ is not None:
                    raise Refused("team: something else is asked for them; withdraw that first")
                return _entered(asked, Act.ROLES_ASKED, self._shown(asked))
            return self._at_once(asked.at_once(), open_)

        answer = self.desk.act(caller, agency, decide)
        if answer["state"] != State.CONFIRMED.value or answer["decided_by"] != caller.sub:
            return answer
        return self._carry_out(caller, agency, people, str(answer["id"]))

    def _again(self, open_: TeamChange, caller: Caller) -> Decided:
        """What is open already: what takes one person is begun anew, what takes two is the other one's."""
        if open_.state is State.CONFIRMED and open_.is_at_once:
            begun = open_.confirmed(caller.sub, self.desk.now())
            return Decided((begun.write,), (), self._shown(begun))
        return Decided((), (), self._shown(open_))

    def _as_it_is(self, person: str, open_: TeamChange | None, caller: Caller) -> Decided:
        """That they are to stay as they are takes back what would change them, but nobody's own."""
        answer: dict[str, Json] = {"person": person, "state": State.DONE.value}
        if open_ is None or person == caller.sub:
            return Decided((), (), answer)
        return _entered(open_.withdrawn(caller.sub, self.desk.now()), Act.ROLES_WITHDRAWN, answer)

    def _at_once(self, made: TeamChange, open_: TeamChange | None) -> Decided:
        """Enter what takes one person, and take back what is open: it would give again what is taken now."""
        entered = _entered(made, Act.ROLES_CHANGED, self._shown(made))
        if open_ is None:
            return entered
        back = _entered(open_.withdrawn(made.asked_by, self.desk.now()), Act.ROLES_WITHDRAWN, {})
        return Decided((*entered.writes, *back.writes), (*back.deeds, *entered.deeds), entered.answer)

    def _carry_out(self, caller: Caller, agency: AgencyId, people: People, name: str) -> dict[str, Json]:
        """Do at the issuer what was begun; whoever is stopped here confirms again, which does it again."""
        change = self._change(agency, name)
        if change.state is not State.CONFIRMED:
            raise Refused(f"team: the change is {change.state_at(self.desk.now())}")
        try:
            person, first = _at_issuer(people, agency, change)
        except Exception:
            # Where the row is another one by now, somebody else is at it.
            self.desk.rows.write(agency, change.stopped().write)
            raise

        def decide() -> Decided:
            found = self._change(agency, name)
            if found.state is State.CONFIRMED:
                made = found.done(person)
                return Decided((made.write,), (), self._shown(made))
            if (found.state, found.person) != (State.DONE, person):
                raise Refused("team: it was decided twice at once; look at who is there")
            return Decided((), (), self._shown(found))

        return {**self.desk.act(caller, agency, decide), **first}

    def _asked(self, caller: Caller, scope: Scope) -> tuple[AgencyId, People]:
        """The caller's agency and the people that it can have here.

        Raises `Absent` for an agency of no site, `NotAllowed` without the scope, and `Elsewhere`.
        """
        agency = AgencyId(caller.agency)
        if not self.desk.sites.of(agency):
            raise Absent
        if not caller.may(scope):
            raise NotAllowed(f"caller: has none of {scope}")
        if self.people is None:
            raise Elsewhere("team: whose tokens are another issuer's is told there (docs/identity.md)")
        return agency, self.people

    def _change(self, agency: AgencyId, name: str) -> TeamChange:
        row = self.desk.rows.read(agency, TEAM, name)
        if row is None:
            raise Absent
        return read_change(row)

    def _open_about(self, agency: AgencyId, person: str) -> TeamChange | None:
        """What waits about somebody, or was confirmed and not done."""
        now = self.desk.now()
        for change in map(read_change, all_rows(self.desk.rows, agency, TEAM)):
            if change.person == person and change.is_open_at(now):
                return change
        return None

    def _shown(self, change: TeamChange) -> dict[str, Json]:
        return {**change.to_json(), "state": change.state_at(self.desk.now())}

    def _name(self) -> str:
        """A new name, which later ones come after."""
        return f"{self.desk.now():011}-{self.new_id()}"


def _member(people: People, agency: AgencyId, sub: str) -> Member:
    for each in people.members(agency):
        if each.sub == sub:
            return each
    raise Absent


def _at_issuer(people: People, agency: AgencyId, change: TeamChange) -> tuple[str, dict[str, Json]]:
    """Have the issuer do it. Returns whom it is about, and how somebody new logs in.

    Raises `Refused` for what one person may not take alone, as things have become, and `Absent`.
    """
    if not change.person:
        made = people.invite(agency, f"{agency}-{change.id}", change.roles)
        return made.sub, {"login": made.login, "password": made.password}
    if not change.roles:
        # Whoever asks a second time, because the first answer was lost, finds them gone.
        with suppress(Absent):
            _check_still(people, agency, change)
            people.remove(agency, change.person)
    elif change.is_at_once:
        # What one person asked for gives nothing, whatever the other one lost meanwhile.
        _check_still(people, agency, change)
        people.withdraw(agency, change.person, frozenset(Role) - change.roles)
    else:
        people.assign(agency, change.person, change.roles)
    return change.person, {}


def _check_still(people: People, agency: AgencyId, change: TeamChange) -> None:
    """Raise `Refused` where what one person decided would by now take what takes two, or leave no role."""
    has = _member(people, agency, change.person).roles
    left = has & change.roles
    if change.is_at_once and (takes_two(has, left) or (change.roles and not left)):
        raise Refused("team: they have other roles by now; take the change back and ask anew")


def _entered(change: TeamChange, act: Act, answer: Mapping[str, Json]) -> Decided:
    told: dict[str, Json] = {"person": change.person, "roles": [*sorted(map(str, change.roles))]}
    return Decided((change.write,), (Deed(act, "", f"team/{change.id}", digest_of(told)),), dict(answer))
