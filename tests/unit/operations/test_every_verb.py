"""Every operation, with every role: none does anything for whoever may not."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final

import pytest
import pytest_asyncio

from runbot.domain.access import MAY, Actor, Role, Verb
from runbot.domain.errors import NotAllowed, RunbotError
from runbot.domain.law import Choice
from runbot.domain.run import Trigger
from runbot.engine.engine import Engine, EngineSettings
from runbot.engine.ledger import Ledger, utc_now
from runbot.operations.directory import Everywhere
from runbot.operations.rights import Always, Rights
from runbot.operations.roles import Roles, StoredGrants
from runbot.operations.runbooks import Runbooks
from runbot.operations.runs import Runs
from runbot.store.database import Database
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
    "publish": (Verb.AUTHOR, lambda r, a: r.publish(a, "x")),
    "archive": (Verb.AUTHOR, lambda r, a: r.archive(a, "x")),
    "show": (Verb.READ, lambda r, a: r.show(a, "x")),
    "find": (Verb.READ, lambda r, a: r.find(a, "x")),
    "listing": (Verb.READ, lambda r, a: r.listing(a)),
}
RUNS: Final[dict[str, tuple[Verb, Called]]] = {
    "start": (Verb.RUN, lambda r, a: r.start(a, "x", {}, channel="", trigger=Trigger.API)),
    "needs": (Verb.RUN, lambda r, a: r.needs(a, "x", {})),
    "pause": (Verb.CONTROL, lambda r, a: r.pause(a, "1")),
    "resume": (Verb.CONTROL, lambda r, a: r.resume(a, "1")),
    "abort": (Verb.CONTROL, lambda r, a: r.abort(a, "1")),
    "answer": (Verb.ANSWER, lambda r, a: r.answer(a, "q", Choice.DONE)),
    "hand_over": (Verb.ANSWER, lambda r, a: r.hand_over(a, "q", "U2")),
    "waiting_for": (Verb.READ, lambda r, a: r.waiting_for(a)),
    "find": (Verb.READ, lambda r, a: r.find(a, "1")),
    "asked": (Verb.READ, lambda r, a: r.asked(a, "q")),
    "in_thread": (Verb.READ, lambda r, a: r.in_thread(a, "C1", "1.1")),
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
TABLES: Final = {Runbooks: RUNBOOKS, Runs: RUNS, Roles: ROLES}
# They tell nothing of what a runbook or a run holds: where a card stands, whether a thread is
# about one. `completed` asks for the right once there is something to complete.
NOBODYS: Final = {
    Runbooks: {"asking", "asks", "bind", "card_of", "card_place", "completed", "in_thread"}
    | {"version"},
    Runs: set[str](),
    Roles: set[str](),
}
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
    return Runs(**common, ledger=ledger, engine=engine, runbooks=runbooks, directory=Everywhere())


@pytest.mark.parametrize("kind", TABLES)
def test_every_public_verb_is_in_the_matrix(kind: type) -> None:
    public = {
        name
        for name, _ in inspect.getmembers(kind, inspect.iscoroutinefunction)
        if not name.startswith("_")
    }
    assert public == set(TABLES[kind]) | NOBODYS[kind]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(("kind", "name"), EVERY)
async def test_a_verb_is_refused_to_exactly_those_without_the_right(
    database: Database, kind: type, name: str, role: Role
) -> None:
    verb, call = TABLES[kind][name]
    allowed = verb in MAY[role] | MAY[Role.VIEWER]

    assert await _refused(call(verbs_of(kind, database, role), MEMBER)) is not allowed


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
