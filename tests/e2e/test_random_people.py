"""Random people press whatever they see, Runbot is killed in between, and all of it stays true.

Each example is a sequence of acts in one world: runs are started, any button of any message
is pressed by anybody, a site falls ill, the process is killed. Then everything is brought to
its end, and what was promised is looked up: in the rows, in the mailbox, in the messages.
"""

from __future__ import annotations

import asyncio
import re
import textwrap
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from runbot.domain.law import FINAL_STEP, Choice, RunStatus, StepStatus
from runbot.domain.run import EventKind, Part, Run
from runbot.playground.messages import Message
from runbot.playground.people import Person
from runbot.playground.refusals import PersonRefusal
from runbot.playground.state import Block, Element, interactive
from runbot.store import owed, runs
from runbot.store.database import Database
from runbot.store.tables import LOCK, RUN

from .conftest import _world
from .world import World

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(1800)]

PEOPLE: Final = ("ana", "ben")
BOOKS: Final = {
    "mailing": """
        1. Page one@example.com via send_email [approval by @ben]
        2. Look at the dashboard
        3. Page two@example.com via send_email
        Clean up:
        1. Page clean@example.com via send_email
    """,
    "shaky": """
        1. Use web_fetch to get {site}/health [retry 1 times after 1s]
        2. Page three@example.com via send_email
        Settings: locks: site
    """,
    "outer": """
        1. Run the runbook shaky
        2. Page four@example.com via send_email
        Settings: one at a time
    """,
}
# What opens a form of its own is tried elsewhere.
ELSEWHERE: Final = frozenset(
    {"run.again", "run.timeline", "run.export", "question.note", "question.change"}
    | {"question.hand_over", "question.whole"}
)
WHY: Final = "since nobody needs it"
ENDED: Final = {
    RunStatus.COMPLETED: "Completed",
    RunStatus.FAILED: "Failed",
    RunStatus.CANCELLED: "Aborted",
}
NUMBERS = st.integers(0, 99)
ACTS = st.one_of(
    st.tuples(st.just("start"), st.sampled_from(list(BOOKS)), NUMBERS),
    *[st.tuples(st.just("press"), st.sampled_from(PEOPLE), NUMBERS)] * 6,
    st.tuples(st.just("rest"), st.just(""), NUMBERS),
    st.tuples(st.just("health"), st.just(""), NUMBERS),
    st.tuples(st.just("kill"), st.just(""), NUMBERS),
)


class Crowd:
    """The people of one world, and what the rows say of its runs."""

    def __init__(self, world: World, database: Database) -> None:
        self.world = world
        self.database = database
        self.people = [world.person(name) for name in PEOPLE]

    async def publishes(self, name: str, told: str) -> None:
        ana = self.people[0]
        words = f"@runbot create a runbook called {name} with these steps:{told}"
        await ana.says(words, channel="ops")
        card = await ana.sees(f"*{name}*  v1", channel="ops")
        await ana.clicks(card, "Publish")
        await self.world.shows(card, "Published")

    async def act(self, kind: str, which: str, number: int) -> None:
        match kind:
            case "start":
                await self.people[0].runs_command("/runbook", f"run {which}", channel="ops")
            case "press":
                await self.press(self.world.person(which), number)
            case "rest":
                await asyncio.sleep(number / 200)
            case "health":
                self.world.site.healthy = not self.world.site.healthy
            case "kill":
                await self.world.runbot.kill()
                await self.world.runbot.start()

    async def press(self, person: Person, number: int) -> None:
        """Any button that this person sees; with a form open, its reason is given instead."""
        if person.views:
            await self.explain(person)
            return
        there = [one for one in self.buttons(person) if one[1]["action_id"] not in ELSEWHERE]
        if there:
            message, button = there[number % len(there)]
            await self.click(person, message, button)

    async def explain(self, person: Person) -> None:
        for view in list(person.views):
            asked = [b["block_id"] for b, _ in interactive(view.blocks) if b["type"] == "input"]
            try:
                await person.submits(view, dict.fromkeys(asked, WHY))
            except PersonRefusal:
                await person.closes(view)

    @staticmethod
    async def click(person: Person, message: Message, button: Element) -> None:
        try:
            await person.clicks(message, button["action_id"], value=button.get("value"))
        except PersonRefusal as gone:
            if gone.error != "element_gone":  # it was redrawn a moment ago
                raise

    def buttons(self, person: Person) -> list[tuple[Message, Element]]:
        roots = [
            m
            for m in person.reads("ops")
            if m.bot_id and m.thread_ts in {None, m.ts} and not m.ephemeral_to
        ]
        return [
            (message, element)
            for root in roots
            for message in person.reads("ops", root)
            for _, element in _buttons(message)
        ]

    async def everything(self) -> list[Run]:
        def load(session: Session) -> list[Run]:
            ids = session.execute(select(RUN.c.id).order_by(RUN.c.number)).scalars().all()
            return [runs.load(session, one) for one in ids]

        return await self.database.read(load)

    async def finish(self) -> None:
        """Answer what is asked and resume what is paused, until no run is going on."""
        self.world.site.healthy = True
        deadline = asyncio.get_running_loop().time() + 300
        while True:
            # What was acknowledged is done before it is answered; so this is looked at first.
            asked = await self.database.read(lambda s: owed.everything(s, most=1))
            left = await self.left()
            if not (asked or left):
                return
            assert asyncio.get_running_loop().time() < deadline, self.told(left)
            for person in self.people:
                await self.explain(person)
            for run in left:
                await self.help_along(run)
            await asyncio.sleep(0.2)

    async def left(self) -> list[Run]:
        """The runs that are still to end; of those whose clean-up hasn't begun, these too."""
        every = await self.everything()
        cleaned = {run.continues for run in every if run.part is Part.CLEANUP}
        broken = {RunStatus.FAILED, RunStatus.CANCELLED}
        return [
            run
            for run in every
            if not run.ended
            or (run.content.cleanup and run.status in broken and run.id not in cleaned)
        ]

    async def help_along(self, run: Run) -> None:
        wanted = {"run.resume"} if run.status is RunStatus.PAUSED else set()
        if run.status is RunStatus.WAITING and run.question:
            wanted = {f"question.{c}" for c in (Choice.DONE, Choice.HAPPENED, Choice.APPROVE)}
            wanted.add(f"question.{Choice.SKIP}")
        ids = {run.id, run.question.id if run.question else run.id}
        for person in reversed(self.people):
            for message, button in self.buttons(person):
                if button.get("value") in ids and button["action_id"] in wanted:
                    await self.click(person, message, button)
                    return

    def told(self, left: list[Run]) -> str:
        said = "\n--\n".join(m.shown for m in self.world.playground.messages("ops"))
        stands = [(run.number, run.status, run.question) for run in left]
        return f"still going on: {stands}\n{said}\n{self.world.runbot.log[-3000:]}"

    async def promises_hold(self) -> None:
        for run in await self.everything():
            assert all(step.status in FINAL_STEP for step in run.steps)
            await self.shows_the_truth(run)
            await self.no_effect_twice(run)
        held = await self.database.read(lambda s: s.execute(select(LOCK)).all())
        assert held == [], "a lock was left"
        assert "Traceback" not in self.world.runbot.log

    async def shows_the_truth(self, run: Run) -> None:
        place = await self.database.read(lambda s: runs.message_of(s, run.id))
        assert place is not None, f"run {run.number} has no message"

        def found() -> bool:
            message = self.world.playground.platform.messages.find(place.channel, place.ts)
            assert message is not None
            offered = {element["action_id"] for _, element in _buttons(message)}
            live = {"run.pause", "run.resume", "run.abort"} & offered
            asking = {one for one in offered if one.startswith("question.")}
            return ENDED[run.status] in message.shown and not live and not asking

        await self.world.playground.until(found, timeout=120, what=f"the end of run {run.number}")

    async def no_effect_twice(self, run: Run) -> None:
        events = await self.database.read(lambda s: runs.timeline(s, run.id))
        again = Counter(
            event.step
            for event in events
            if event.kind is EventKind.ANSWERED and event.detail.startswith(("again", "retry"))
        )
        for step in run.steps:
            address = re.search(r"\w+@example\.com", run.instruction(step.number))
            if address is None:
                continue
            of_run = re.compile(rf"\brun {run.number}\b", re.IGNORECASE)
            sent = sum(
                address[0] in mail.to and bool(of_run.search(f"{mail.subject} {mail.text}"))
                for mail in self.world.playground.mail
            )
            assert sent <= 1 + again[step.number], (run.number, step.number, sent)
            confirmed = any(
                e.kind is EventKind.ANSWERED and e.step == step.number and "happened" in e.detail
                for e in events
            )
            if step.status is StepStatus.COMPLETE and not confirmed:
                assert sent, (run.number, step.number)


def _buttons(message: Message) -> Iterator[tuple[Block, Element]]:
    return ((b, e) for b, e in interactive(message.blocks or []) if e["type"] == "button")


@asynccontextmanager
async def crowd(folder: Path, url: str) -> AsyncIterator[Crowd]:
    async with asynccontextmanager(_world)(folder, DATABASE_URL=url) as world:
        database = Database(url or f"sqlite:///{folder / 'data' / 'runbot.db'}")
        try:
            one = Crowd(world, database)
            for name, told in BOOKS.items():
                await one.publishes(name, textwrap.dedent(told).format(site=world.site.url))
            yield one
        finally:
            await database.close()


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    if request.param == "sqlite":
        return ""
    return str(request.getfixturevalue("empty_postgres_url"))


async def test_whatever_people_do_the_promises_hold(tmp_path: Path, database_url: str) -> None:
    async with crowd(tmp_path, database_url) as people:
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(None, _examples, people, loop)


def _examples(people: Crowd, loop: asyncio.AbstractEventLoop) -> None:
    """Hypothesis draws in a thread of its own, and the world goes on in its loop."""

    @given(st.lists(ACTS, min_size=8, max_size=20))
    @settings(
        max_examples=3,
        deadline=None,
        derandomize=True,
        database=None,
        # Each example takes seconds; smaller ones of the same fault would take minutes to find.
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def example(acts: list[tuple[str, str, int]]) -> None:
        asyncio.run_coroutine_threadsafe(_play(people, acts), loop).result()

    example()


async def _play(people: Crowd, acts: list[tuple[str, str, int]]) -> None:
    await people.act("start", "mailing", 0)
    for kind, which, number in acts:
        await people.act(kind, which, number)
    await people.finish()
    await people.promises_hold()
