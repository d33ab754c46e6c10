"""`runbot check --live`: posts a message, changes it, deletes it, and has Slack judge every view.

It leaves nothing behind: the message is deleted however the check ends. Where it can't be,
it is named, and the next check there deletes it.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Final, TypeVar

from slack_sdk.web.async_client import AsyncWebClient

from runbot.check.finding import Finding, bad, good
from runbot.domain.errors import RunbotError, Unavailable
from runbot.settings import Settings
from runbot.surfaces.slack import tokens
from runbot.surfaces.slack.directory import Directory
from runbot.surfaces.slack.judging import Fault, faults
from runbot.surfaces.slack.refusals import Declined, Throttled, understood
from runbot.surfaces.slack.sending import Kept, Place, Sender, web_client
from runbot.surfaces.slack.views.gallery import Sample, samples
from runbot.surfaces.slack.views.lists import notice
from runbot.tools.slack_post import NotPosted

log = logging.getLogger(__name__)

KEY: Final = "check:"  # what the key of the check's own message begins with
BUSY_SECONDS: Final = 600  # a younger message may be of a check that is still at work
_LOOK_BACK: Final = 24 * 3600
_CLEANING_SECONDS: Final = 10.0
_PATIENCE: Final = 3  # times as long as one answer may take, a call on a message is repeated
_TRIES: Final = 5  # of one view, where Slack asks to wait or doesn't answer
_WHAT: Final = "Live"
_SAYS: Final = "Runbot is being checked. This message goes away by itself."
_T = TypeVar("_T")

Report = Callable[[Finding], None]


async def live(
    settings: Settings,
    channel: str,
    report: Report,
    *,
    seconds: float,
    views: Iterable[Sample] | None = None,
) -> None:
    """Try Slack for real in a channel, given by its id or its name; reports each finding.

    `seconds` is what one answer may take, `views` what Slack is to judge (the gallery).
    Also where it is cancelled, the message that it posted is deleted first.
    """
    token = settings.slack_bot_token
    answer = await tokens.bot_token(token, api_url=settings.slack_api_url, seconds=seconds)
    if token is None or answer.problem:
        report(bad(_WHAT, f"Nothing was tried. {answer.problem}"))
        return
    client = web_client(token.get_secret_value(), base_url=settings.slack_api_url)
    trial = _Trial(client, str(answer.data.get("team_id", "")), channel, report, seconds)
    if await trial.messages():
        await trial.judge(list(samples() if views is None else views))


@dataclass(slots=True)
class _Trial:
    client: AsyncWebClient
    workspace: str
    channel: str
    report: Report
    seconds: float

    async def messages(self) -> bool:
        """Post, change and delete a message; False where that went wrong, which is reported."""
        sender = Sender(
            lambda _: self.client, timeout=self.seconds, patience=_PATIENCE * self.seconds
        )
        try:
            channel = await Directory(lambda _: self.client).channel(self.workspace, self.channel)
            if not await self._tidied(sender, channel):
                return False
            await self._post_change_delete(sender, channel)
        except RunbotError as error:
            self.report(bad(_WHAT, f"{self.channel}: {error.sentence}"))
            return False
        return True

    async def _post_change_delete(self, sender: Sender, channel: str) -> None:
        key, begun = f"{KEY}{secrets.token_hex(8)}", time.time()
        posted: Place | None = None
        gone = False
        try:
            try:
                post = sender.post(self.workspace, channel, notice(_SAYS), key=key)
                posted = await self._timed("chat.postMessage", post)
            except (Declined, NotPosted):
                gone = True
                raise
            changed = notice(f"{_SAYS} It was changed once.")
            await self._timed("chat.update", sender.update(self.workspace, posted, changed))
            await self._timed("chat.delete", sender.delete(self.workspace, posted))
            gone = True
        finally:
            # However it ends, a cancellation above all.
            if not gone:
                await self._clean_up(sender, channel, posted, key, begun)

    async def _timed(self, method: str, call: Awaitable[_T]) -> _T:
        begun = time.monotonic()
        answer = await call
        self.report(good(f"{_WHAT} {method}", f"Slack took it in {_milliseconds(begun)}."))
        return answer

    async def _own(self, sender: Sender, channel: str, *, since: float) -> list[Kept]:
        """The messages of checks that stand in the channel."""
        found = await sender.kept(self.workspace, channel, since=since)
        return [kept for key, kept in found.items() if key.startswith(KEY)]

    async def _tidied(self, sender: Sender, channel: str) -> bool:
        """Delete what an earlier check had to leave; False where one may be at work now."""
        left = await self._own(sender, channel, since=time.time() - _LOOK_BACK)
        young = [kept for kept in left if time.time() - float(kept.place.ts) < BUSY_SECONDS]
        if young:
            where = await self._named(sender, young[0].place)
            self.report(
                bad(
                    _WHAT,
                    f"Another check is at work in {self.channel}, or one was cut off there a few "
                    f"minutes ago: its message is {where}. Wait until it is done, or delete the "
                    "message, and try again.",
                )
            )
            return False
        for kept in left:
            await sender.delete(self.workspace, kept.place)
        if left:
            self.report(good(_WHAT, f"Deleted {len(left)} that earlier checks had left behind."))
        return True

    async def _clean_up(
        self, sender: Sender, channel: str, posted: Place | None, key: str, begun: float
    ) -> None:
        try:
            async with asyncio.timeout(_CLEANING_SECONDS):
                if posted is None:  # its answer never came
                    own = await self._own(sender, channel, since=begun)
                    posted = next((kept.place for kept in own if kept.key == key), None)
                if posted is not None:
                    await sender.delete(self.workspace, posted)
                    self.report(good(_WHAT, "What was posted has been deleted."))
        except (RunbotError, TimeoutError):
            which = f" (number {posted.ts})" if posted else ""
            self.report(
                bad(
                    _WHAT,
                    f"The check's message may still be in {self.channel}{which}: delete it there. "
                    f"The next check in {self.channel} deletes it too.",
                )
            )

    async def _named(self, sender: Sender, place: Place) -> str:
        try:
            return await sender.permalink(self.workspace, place)
        except RunbotError:
            return f"number {place.ts}"

    async def judge(self, views: list[Sample]) -> None:
        """Have Slack judge each view, as fast as it lets us; reports each that it refuses."""
        refused, slowest = 0, 0.0
        for count, view in enumerate(views):
            begun = time.monotonic()
            try:
                found = await self._judged(view)
            except RunbotError as error:
                said = f"{count} of {len(views)} views were judged. {error.sentence}"
                self.report(bad(f"{_WHAT} blocks.validate", said))
                return
            slowest = max(slowest, time.monotonic() - begun)
            refused += bool(found)
            for fault in found:
                where = f" at {fault.pointer}" if fault.pointer else ""
                said = f"Slack refuses this {view.surface}{where}: {fault.message}."
                self.report(bad(f"{_WHAT} view “{view.name}”", said))
        what = f"{_WHAT} blocks.validate"
        if refused:
            self.report(
                bad(
                    what,
                    f"Slack refuses {refused} of {len(views)} kinds of view: people would not see "
                    "them. Look for a newer Runbot; if this is the newest, report what is above.",
                )
            )
            return
        self.report(
            good(
                what, f"All {len(views)} kinds of view are taken, the slowest in {_shown(slowest)}."
            )
        )

    async def _judged(self, view: Sample) -> list[Fault]:
        for attempt in range(1, _TRIES + 1):
            try:
                async with understood(), asyncio.timeout(self.seconds):
                    return await faults(self.client, view)
            except Unavailable as trouble:
                if attempt == _TRIES:
                    raise
                pause = trouble.retry_after if isinstance(trouble, Throttled) else attempt / 2
                log.info("Slack asks for %.0f s of rest before it judges on", pause)
                await asyncio.sleep(pause)
        raise AssertionError("unreachable: the last try returns or raises")


def _milliseconds(begun: float) -> str:
    return _shown(time.monotonic() - begun)


def _shown(seconds: float) -> str:
    return f"{seconds * 1000:,.0f} ms"
