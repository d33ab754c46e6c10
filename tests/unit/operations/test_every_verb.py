"""Every operation, with every role: none does anything for whoever may not."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final, get_type_hints

import pytest
import pytest_asyncio

from runbot.domain.access import MAY, Actor, Role, Verb
from runbot.domain.errors import NotAllowed, RunbotError
from runbot.domain.law import Choice
from runbot.domain.run import Trigger
from runbot.engine.engine import Engine, EngineSettings
from runbot.engine.ledger import Ledger, utc_now
from runbot.operations.directory import Everywhere
from runbot.operations.exporting.exports import Exports
from runbot.operations.exporting.formats import Format
from runbot.operations.recovery import Recovery
from runbot.operations.rights import Always, Rights
from runbot.operations.roles import Roles, StoredGrants
from runbot.operations.runbooks import Runbooks
from runbot.operations.runs import Runs
from runbot.store.database import Database
from runbot.surfaces.slack.desk import Desk
from runbot.tools.toolbox import Toolbox

MEMBER: Final = Actor(id="U1", workspace="T1")
FORM: Final[dict[str, Any]] = {"name": "x", "description": "", "parameters": ()}
Called = Callable[[Any, Actor], Awaitable[object]]
STEPS: Final = ("Look",)

RUNBOOKS: Final[dict[str, tuple[Verb, Called]]] = {
    "create_from_text": (Verb.AUTHOR, lambda r, a: r.create_from_text(a, "runbook", channel="")),
    "create": (Verb.AUTHOR, lambda r, a: r.create(a, **FORM, instructions=STEPS, channel="")),
    "edit": (
        Verb.AUTHOR,
        lambda r, a: r.edit(a, "rb_x", base=1, was="x", **FORM, instructions=STEPS),
    ),
    "answer": (Verb.AUTHOR, lambda r, a: r.answer(a, "rb_x", "1: a@b.example")),
    "settle": (Verb.AUTHOR, lambda r, a: r.settle(a, "rb_x", "step 1: timeout 5m")),
    "publish": (Verb.AUTHOR, lambda r, a: r.publish(a, "x")),
    "archive": (Verb.AUTHOR, lambda r, a: r.archive(a, "x")),
    "show": (Verb.READ, lambda r, a: r.show(a, "x")),
    "find": (Verb.READ, lambda r, a: r.find(a, "x")),
    "listing": (Verb.READ, lambda r, a: r.listing(a)),
}
RUNS: Final[dict[str, tuple[Verb, Called]]] = {
    "start": (Verb.RUN, lambda r, a: r.start(a, "x", {}, channel="", trigger=Trigger.API)),
    "needs": (Verb.RUN, lambda r, a: r.needs(a, "x", {})),
    "preview_run": (Verb.RUN, lambda r, a: r.preview_run(a, "x", {})),
    "pause": (Verb.CONTROL, lambda r, a: r.pause(a, "1")),
    "resume": (Verb.CONTROL, lambda r, a: r.resume(a, "1")),
    "abort": (Verb.CONTROL, lambda r, a: r.abort(a, "1")),
    "answer": (Verb.ANSWER, lambda r, a: r.answer(a, "q", Choice.DONE)),
    "hand_over": (Verb.ANSWER, lambda r, a: r.hand_over(a, "q", "U2")),
    "waiting_for": (Verb.READ, lambda r, a: r.waiting_for(a)),
    "find": (Verb.READ, lambda r, a: r.find(a, "1")),
    "asked": (Verb.READ, lambda r, a: r.asked(a, "q")),
    "in_thread": (Verb.READ, lambda r, a: r.in_thread(a, "C1", "1.1")),
    "locks": (Verb.READ, lambda r, a: r.locks(a)),
    "going_on": (Verb.READ, lambda r, a: r.going_on(a)),
    "history": (Verb.READ, lambda r, a: r.history(a, None)),
    "timeline": (Verb.READ, lambda r, a: r.timeline(a, "1")),
}
ROLES: Final[dict[str, tuple[Verb, Called]]] = {
    "listing": (Verb.READ, lambda r, a: r.listing(a)),
    "own": (Verb.READ, lambda r, a: r.own(a)),
    "grant": (Verb.MANAGE, lambda r, a: r.grant(a, Role.EDITOR, "U2")),
    "revoke": (Verb.MANAGE, lambda r, a: r.revoke(a, Role.EDITOR, "U2")),
}
RECOVERY: Final[dict[str, tuple[Verb, Called]]] = {
    "changeable": (Verb.ANSWER, lambda r, a: r.changeable(a, "q")),
    "change_and_retry": (Verb.ANSWER, lambda r, a: r.change_and_retry(a, "q", {})),
    "continue_run": (Verb.RUN, lambda r, a: r.continue_run(a, "1", Trigger.SLASH)),
}
EXPORTS: Final[dict[str, tuple[Verb, Called]]] = {
    "export": (Verb.READ, lambda r, a: r.export(a, "1", Format.JSON)),
}
TABLES: Final = {Runbooks: RUNBOOKS, Runs: RUNS, Roles: ROLES, Recovery: RECOVERY, Exports: EXPORTS}
# The ways in, as the record has them; each is a surface's, which has its own tests.
SURFACES: Final = ("slash", "chat", "button", "form", "home", "api", "cli")
# They tell nothing of what a runbook or a run holds: where a card stands, whether a thread is
# about one. `completed` asks for the right once there is something to complete.
NOBODYS: Final = {
    Runbooks: {"asking", "asks", "bind", "card_of", "card_place", "completed", "in_thread"}
    | {"version"},
    Runs: {"place"},
    Roles: set[str](),
    Recovery: set[str](),
    Exports: set[str](),
}
# What the listeners hold besides verbs: who may, who is who, and the way to Slack.
NO_VERBS: Final = {"Rights", "Inbox", "Sender", "Directory", "Turns"}
EVERY: Final = [(kind, name) for kind, table in TABLES.items() for name in table]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def database(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Database]:
    """One for all: no test needs what another has left."""
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('rights') / 'runbot.db'}")
    await database.upgrade()
    yield database
    await database.close()


def verbs_of(kind: type, database: Database, role: Role) -> Any:
    rights = Rights(Everywhere(), Always({role: ("everyone",)}))
    toolbox = Toolbox([])
    common: dict[str, Any] = {"database": database, "rights": rights, "clock": utc_now}
    if kind is Roles:
        return Roles(**common, stored=StoredGrants(database, {role: ("everyone",)}))
    runbooks = Runbooks(**common, risks={}, check=toolbox.check, directory=Everywhere())
    if kind is Runbooks:
        return runbooks
    ledger = Ledger(database)
    engine = Engine(EngineSettings("sqlite://"), ledger=ledger, toolbox=toolbox, clock=utc_now)
    runs = Runs(**common, ledger=ledger, engine=engine, runbooks=runbooks, directory=Everywhere())
    if kind is Recovery:
        return Recovery(**common, runs=runs, ledger=ledger, engine=engine, toolbox=toolbox)
    if kind is Exports:
        return Exports(database=database, runs=runs, clock=utc_now)
    return runs


@pytest.mark.parametrize("kind", TABLES)
def test_every_public_verb_is_in_the_matrix(kind: type) -> None:
    public = {
        name
        for name, _ in inspect.getmembers(kind, inspect.iscoroutinefunction)
        if not name.startswith("_")
    }
    assert public == set(TABLES[kind]) | NOBODYS[kind]


def test_whatever_the_listeners_can_do_is_in_the_matrix() -> None:
    held = {kind for kind in get_type_hints(Desk).values() if inspect.isclass(kind)}
    assert {one for one in held if one.__name__ not in {*NO_VERBS, "set"}} == set(TABLES)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(("kind", "name"), EVERY)
async def test_a_verb_is_refused_to_exactly_those_without_the_right(
    database: Database, kind: type, name: str, role: Role
) -> None:
    verb, call = TABLES[kind][name]
    allowed = verb in MAY[role] | MAY[Role.VIEWER]

    for surface in SURFACES:
        member = MEMBER.model_copy(update={"surface": surface})
        assert await _refused(call(verbs_of(kind, database, role), member)) is not allowed, surface


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("flag", ["guest", "external", "bot", "gone"])
@pytest.mark.parametrize(("kind", "name"), EVERY)
async def test_whoever_is_no_full_member_is_refused_every_verb(
    database: Database, kind: type, name: str, flag: str
) -> None:
    nobody = MEMBER.model_copy(update={flag: True})

    assert await _refused(TABLES[kind][name][1](verbs_of(kind, database, Role.ADMIN), nobody))


async def _refused(call: Awaitable[object]) -> bool:
    """Whether it is the right that was missing; that there is nothing of that name is fine."""
    try:
        await call
    except NotAllowed:
        return True
    except RunbotError:
        return False
    return False
