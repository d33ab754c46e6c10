"""People and channels, asked of Slack and remembered briefly: rights follow within a minute."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeVar, cast

from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from runbot.domain.access import Actor
from runbot.domain.errors import InvalidInput, NotFound, Unavailable
from runbot.surfaces.slack.refusals import Declined, Throttled, understood

PROFILE_SECONDS: Final = 60.0  # how long a person who became a guest keeps a member's rights
MEMBERS_SECONDS: Final = 20.0
CHANNELS_SECONDS: Final = 300.0
MOST_REMEMBERED: Final = 5_000
PAGE: Final = 1000  # Slack's largest page
MOST_PAGES: Final = 50  # 50,000 members or channels; beyond, the answer is an error, not a wait
TRIES: Final = 3
LONGEST_WAIT: Final = 5.0  # a person waits for the answer; Slack's own waits can be a minute
TRY_SECONDS: Final = 5.0
SLACKBOT: Final = "USLACKBOT"

T = TypeVar("T")

_CHANNEL_ID: Final = re.compile(r"[CGD][A-Z0-9]{2,}")


@dataclass(frozen=True, slots=True)
class Profile:
    """A person as Slack knows them. `team` is the workspace that they belong to."""

    id: str
    name: str
    team: str
    guest: bool
    stranger: bool
    bot: bool
    admin: bool = False
    gone: bool = False


class Directory:
    """Who people are, and which channels they are in."""

    def __init__(
        self,
        client_for: Callable[[str], AsyncWebClient],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client_for = client_for
        self._clock = clock
        self._remembered: dict[Hashable, tuple[float, Any]] = {}
        self._asking: dict[Hashable, asyncio.Task[Any]] = {}

    async def actor(self, workspace: str, user: str) -> Actor:
        """The person as Runbot's rights see them. Raises `NotFound` or `Unavailable`."""
        profile = await self.profile(workspace, user)
        return Actor(
            id=user,
            workspace=workspace,
            name=profile.name,
            guest=profile.guest,
            external=profile.stranger or profile.team != workspace,
            bot=profile.bot,
            admin=profile.admin,
            gone=profile.gone,
        )

    async def profile(self, workspace: str, user: str) -> Profile:
        """What Slack says about a person, at most a minute old."""

        async def ask() -> Profile:
            client = self._client_for(workspace)
            try:
                found = await _asked(lambda: client.users_info(user=user))
            except Declined as refused:
                if refused.error in {"user_not_found", "user_not_visible"}:
                    raise NotFound("Slack doesn't know this person in this workspace.") from refused
                raise
            return _profile(found["user"], workspace)

        return await self._remember(("profile", workspace, user), PROFILE_SECONDS, ask)

    async def is_member(self, workspace: str, channel: str, user: str) -> bool:
        """Whether the user is in the channel. Somebody who has just joined is seen at once."""
        key = ("members", workspace, channel)
        held = self._remembered.get(key)
        members = await self._members(workspace, channel)
        if user in members or held is None:
            return user in members
        self._remembered.pop(key, None)
        return user in await self._members(workspace, channel)

    async def _members(self, workspace: str, channel: str) -> frozenset[str]:
        async def ask() -> frozenset[str]:
            client = self._client_for(workspace)
            try:
                pages = await _paged(
                    lambda cursor: client.conversations_members(
                        channel=channel, limit=PAGE, cursor=cursor
                    )
                )
            except Declined as refused:
                if refused.error in {"channel_not_found", "not_in_channel"}:
                    return frozenset()
                raise
            return frozenset(user for page in pages for user in page["members"])

        return await self._remember(("members", workspace, channel), MEMBERS_SECONDS, ask)

    async def in_channel(self, workspace: str, channel: str) -> frozenset[str]:
        """Everybody in the channel, as Slack said within the last seconds."""
        return await self._members(workspace, channel)

    async def in_group(self, workspace: str, group: str) -> frozenset[str]:
        """The members of a user group; nobody where there is no such group, or it is disabled."""

        async def ask() -> frozenset[str]:
            client = self._client_for(workspace)
            try:
                found = await _asked(lambda: client.usergroups_users_list(usergroup=group))
            except Declined as refused:
                if refused.error in {"no_such_subteam", "subteam_not_found"}:
                    return frozenset()
                raise
            return frozenset(found["users"])

        return await self._remember(("group", workspace, group), MEMBERS_SECONDS, ask)

    async def full_members(self, workspace: str) -> Mapping[str, bool]:
        """Every active full member's id, and whether they administer the workspace."""
        return {
            profile.id: profile.admin
            for profile in map(partial(_profile, workspace=workspace), await self._users(workspace))
            if not (profile.gone or profile.bot or profile.guest or profile.stranger)
        }

    async def named(self, workspace: str, typed: Collection[str]) -> Mapping[str, str]:
        """The ids of people, groups and channels by what was typed; none where it isn't sure."""
        found = {name: await self._named(workspace, name) for name in sorted(typed)}
        return {name: id_ for name, id_ in found.items() if id_}

    async def _named(self, workspace: str, name: str) -> str | None:
        bare = name[1:].lower()
        if name.startswith("#"):
            return await self.channel_id(workspace, bare)
        people = await self.user_ids(workspace, bare)
        if not people:
            return (await self._groups(workspace)).get(bare)
        return people[0] if len(people) == 1 else None

    async def _groups(self, workspace: str) -> Mapping[str, str]:
        async def ask() -> Mapping[str, str]:
            client = self._client_for(workspace)
            found = await _asked(client.usergroups_list)
            return {group["handle"].lower(): group["id"] for group in found["usergroups"]}

        return await self._remember(("groups", workspace), CHANNELS_SECONDS, ask)

    async def channel(self, workspace: str, reference: str) -> str:
        """The id of a channel written as "#incidents" or given by its id.

        Raises `NotFound` with what to do when there is none that Runbot can see.
        """
        if _CHANNEL_ID.fullmatch(reference):
            return reference
        name = reference.removeprefix("#").lower()
        found = await self.channel_id(workspace, name)
        if found is None:
            raise NotFound(
                f"There is no channel called #{name} that Runbot can see.",
                do="Check the name, and where the channel is private, invite Runbot to it.",
            )
        return found

    async def channel_id(self, workspace: str, name: str) -> str | None:
        """The id of a channel by its name without "#"; a new channel is seen at once."""
        key = ("channels", workspace)
        held = self._remembered.get(key)
        found = (await self._channels(workspace)).get(name)
        if found is None and held is not None:
            self._remembered.pop(key, None)
            found = (await self._channels(workspace)).get(name)
        return found

    async def user_ids(self, workspace: str, name: str) -> Sequence[str]:
        """Whom "@name" can mean, given without "@": several where people share a name."""
        key = ("people", workspace)
        held = self._remembered.get(key)
        found = (await self._people(workspace)).get(name.lower(), ())
        if not found and held is not None:
            self._remembered.pop(key, None)
            found = (await self._people(workspace)).get(name.lower(), ())
        return found

    async def _people(self, workspace: str) -> Mapping[str, Sequence[str]]:
        found: dict[str, list[str]] = {}
        for user in await self._users(workspace):
            if not (user.get("deleted") or user.get("is_bot")):
                for name in _names(user):
                    found.setdefault(name, []).append(user["id"])
        return found

    async def _users(self, workspace: str) -> Sequence[Mapping[str, Any]]:
        async def ask() -> Sequence[Mapping[str, Any]]:
            client = self._client_for(workspace)
            pages = await _paged(lambda cursor: client.users_list(limit=PAGE, cursor=cursor))
            return [user for page in pages for user in page["members"]]

        return await self._remember(("people", workspace), CHANNELS_SECONDS, ask)

    async def _channels(self, workspace: str) -> Mapping[str, str]:
        async def ask() -> Mapping[str, str]:
            client = self._client_for(workspace)
            pages = await _paged(
                lambda cursor: client.conversations_list(
                    types="public_channel,private_channel",
                    exclude_archived=True,
                    limit=PAGE,
                    cursor=cursor,
                )
            )
            return {c["name"]: c["id"] for page in pages for c in page["channels"]}

        return await self._remember(("channels", workspace), CHANNELS_SECONDS, ask)

    async def postable(self, workspace: str, channel: str, *, listening: bool = False) -> None:
        """Raise `InvalidInput` where Runbot could post nothing, before something is begun there.

        With `listening`, also where it could post and would not hear what is said in reply.
        """
        if not channel:
            return  # a message to a person, which opens their conversation with Runbot
        key = ("room", workspace, channel)
        room = await self._remember(key, MEMBERS_SECONDS, partial(self._room, workspace, channel))
        why = _closed(room, listening=listening)
        if why:
            # Asked anew the next time: it may have been invited by then.
            self._remembered.pop(key, None)
            raise InvalidInput(
                why, do="Invite it with /invite @Runbot, or do this in another channel."
            )

    async def is_open(self, workspace: str, channel: str) -> bool:
        """Whether every full member may read the channel, as Slack says: it is a public one."""
        key = ("room", workspace, channel)
        room = await self._remember(key, MEMBERS_SECONDS, partial(self._room, workspace, channel))
        return room is not None and not any(
            room.get(closed) for closed in ("is_private", "is_im", "is_mpim")
        )

    async def _room(self, workspace: str, channel: str) -> Mapping[str, Any] | None:
        client = self._client_for(workspace)
        try:
            answer = await _asked(lambda: client.conversations_info(channel=channel))
        except Declined as refused:
            if refused.error == "channel_not_found":
                return None
            raise
        room: Mapping[str, Any] = answer["channel"]
        return room

    def forget(self) -> None:
        """Ask Slack anew about everything."""
        self._remembered.clear()

    async def _remember(self, key: Hashable, seconds: float, ask: Callable[[], Awaitable[T]]) -> T:
        """The answer, asked once for all who want it at the same time."""
        held = self._remembered.get(key)
        if held and held[0] > self._clock():
            return cast("T", held[1])
        task = self._asking.get(key)
        if task is None:
            task = asyncio.ensure_future(self._fetch(key, seconds, ask))
            self._asking[key] = task
            task.add_done_callback(lambda _: self._asking.pop(key, None))
        # One caller's cancellation must not take the answer from the others.
        return cast("T", await asyncio.shield(task))

    async def _fetch(self, key: Hashable, seconds: float, ask: Callable[[], Awaitable[T]]) -> T:
        answer = await ask()
        self._remembered.pop(key, None)
        while len(self._remembered) >= MOST_REMEMBERED:
            self._remembered.pop(next(iter(self._remembered)))
        self._remembered[key] = (self._clock() + seconds, answer)
        return answer


def _names(user: Mapping[str, Any]) -> frozenset[str]:
    """What people write after "@" for somebody, in lower case."""
    shown = user.get("profile") or {}
    names = (shown.get("display_name"), user.get("name"), user.get("real_name"))
    return frozenset(name.lower() for name in names if name)


def _closed(room: Mapping[str, Any] | None, *, listening: bool) -> str:
    """Why nothing can be done in a conversation, or nothing where it can."""
    if room is None:
        return "Runbot is not in this conversation, so it could show nothing here."
    if room.get("is_archived"):
        return "This channel is archived, so Runbot could show nothing here."
    if room.get("is_im") or room.get("is_member"):
        return ""
    if room.get("is_private"):
        return "Runbot is not in this private channel, so it could show nothing here."
    return "Runbot is not in this channel, so it would not hear your answers." if listening else ""


def _is_app(user: Mapping[str, Any]) -> bool:
    # Slackbot isn't said to be a bot, and says what anybody had it remind people of.
    return user["id"] == SLACKBOT or bool(user.get("is_bot") or user.get("is_workflow_bot"))


def _profile(user: Mapping[str, Any], workspace: str) -> Profile:
    shown = user.get("profile") or {}
    grid = (user.get("enterprise_user") or {}).get("teams") or ()
    return Profile(
        id=user["id"],
        name=shown.get("display_name") or user.get("real_name") or user.get("name") or user["id"],
        team=workspace if workspace in grid else user.get("team_id") or workspace,
        guest=bool(user.get("is_restricted") or user.get("is_ultra_restricted")),
        stranger=bool(user.get("is_stranger")),
        bot=_is_app(user),
        admin=bool(user.get("is_admin") or user.get("is_owner")),
        gone=bool(user.get("deleted")),
    )


async def _paged(
    call: Callable[[str], Awaitable[AsyncSlackResponse]],
) -> Sequence[AsyncSlackResponse]:
    pages: list[AsyncSlackResponse] = []
    cursor = ""
    for _ in range(MOST_PAGES):
        page = await _asked(partial(call, cursor))
        pages.append(page)
        cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            return pages
    raise Unavailable(
        f"Slack has more than {MOST_PAGES * PAGE:,} entries here, which is more than Runbot reads."
    )


async def _asked(call: Callable[[], Awaitable[AsyncSlackResponse]]) -> AsyncSlackResponse:
    """A read-only call, repeated a few times where Slack is busy or can't be reached.

    Raises `Declined` where Slack said no, else `Unavailable` while a person still waits.
    """
    for attempt in range(1, TRIES + 1):
        try:
            async with understood(), asyncio.timeout(TRY_SECONDS):
                return await call()
        except Unavailable as trouble:
            if attempt == TRIES:
                raise Unavailable(
                    "Slack doesn't say who is who just now, and nothing is done without that.",
                    do="Try again in a minute.",
                ) from trouble
            pause = trouble.retry_after if isinstance(trouble, Throttled) else attempt / 2
            await asyncio.sleep(min(pause, LONGEST_WAIT))
    raise AssertionError("unreachable: the last try returns or raises")
