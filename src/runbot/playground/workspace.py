"""The team: its people, its bot, and the conversations between them."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from runbot.playground.ids import stable_id
from runbot.playground.refusals import Refusal
from runbot.playground.usergroups import UserGroup

_CREATED = 1_700_000_000

Kind = Literal["channel", "private", "im"]


@dataclass(frozen=True, slots=True)
class User:
    """One of the people."""

    id: str
    name: str
    real_name: str
    title: str = ""
    tz: str = "Etc/UTC"
    color: str = "4a154b"
    is_admin: bool = False
    is_guest: bool = False
    is_single_channel_guest: bool = False
    """Of the guests, those of one channel; `is_guest` is set for them too."""
    deleted: bool = False
    """Deactivated: still named in what they wrote, and nobody can act as them."""
    team_id: str = ""
    """Another workspace's, for people of one that shares a channel; empty for this one's."""
    grid_teams: tuple[str, ...] = ()
    """In an Enterprise Grid, the workspaces that they are in; empty outside of one."""
    is_stranger: bool = False
    """Of another workspace, and in no channel together with the app."""

    @property
    def initials(self) -> str:
        """For the avatar."""
        return "".join(word[0] for word in self.real_name.split()[:2]).upper()


@dataclass(frozen=True, slots=True)
class Bot:
    """The app under test, as the workspace knows it."""

    name: str
    user_id: str
    bot_id: str
    app_id: str
    bot_token: str = field(repr=False)
    app_token: str = field(repr=False)
    signing_secret: str = field(repr=False)


@dataclass(slots=True)
class Channel:
    """A channel, or direct messages between two."""

    id: str
    name: str
    kind: Kind
    members: list[str] = field(default_factory=list)
    topic: str = ""
    creator: str = ""
    created: int = _CREATED
    is_archived: bool = False

    def other(self, user: str) -> str | None:
        """Who a direct message is with."""
        if self.kind != "im":
            return None
        return next((member for member in self.members if member != user), user)

    @property
    def event_type(self) -> str:
        """`channel_type` in events."""
        return {"channel": "channel", "private": "group", "im": "im"}[self.kind]


def _utc_offset(zone: str) -> int:
    """Seconds east of UTC at this moment; 0 on a machine without the zone's data."""
    try:
        offset = datetime.now(ZoneInfo(zone)).utcoffset()
    except ZoneInfoNotFoundError:
        return 0
    return 0 if offset is None else int(offset.total_seconds())


class Workspace:
    """One team. People and channels are looked up by id or by name, as one says them."""

    def __init__(
        self,
        *,
        team: str,
        people: Iterable[User],
        bot: Bot,
        channels: Iterable[Channel],
        usergroups: Iterable[UserGroup] = (),
    ) -> None:
        self.team_id = stable_id("T", team)
        self.team_name = team
        self.domain = "".join(c if c.isalnum() else "-" for c in team.lower())
        self.people = {user.id: user for user in people}
        self.bot = bot
        self.channels = {channel.id: channel for channel in channels}
        self.usergroups = {group.id: group for group in usergroups}
        self._open_all_ims()

    @classmethod
    def default(cls, bot_name: str = "runbot", team: str = "Playground") -> Workspace:
        """Ana runs the place, Ben works in it, Mia is a guest; the bot is in all but #leads."""
        ana, ben, mia = (
            User(stable_id("U", "ana"), "ana", "Ana Ortiz", "On call", "Europe/Madrid", "2b6f4b",
                 is_admin=True),
            User(stable_id("U", "ben"), "ben", "Ben Adler", "Databases", "America/New_York",
                 "8a4b08"),
            User(stable_id("U", "mia"), "mia", "Mia Chen", "Guest from Northwind", "Asia/Tokyo",
                 "3b5fa0", is_guest=True),
        )  # fmt: skip
        bot = Bot(
            name=bot_name,
            user_id=stable_id("U", f"bot:{bot_name}"),
            bot_id=stable_id("B", bot_name),
            app_id=stable_id("A", bot_name),
            # New at every start and kept nowhere: another site's page can't know them.
            bot_token=f"xoxb-{secrets.token_urlsafe(24)}-playground",
            app_token=f"xapp-1-{secrets.token_urlsafe(24)}-playground",
            signing_secret=secrets.token_hex(16),
        )

        def channel(name: str, members: list[str], topic: str, kind: Kind = "channel") -> Channel:
            return Channel(stable_id("C", name), name, kind, members, topic, creator=ana.id)

        everyone = [ana.id, ben.id, mia.id, bot.user_id]
        staff = [ana.id, ben.id, bot.user_id]
        return cls(
            team=team,
            people=[ana, ben, mia],
            bot=bot,
            channels=[
                channel("general", everyone, "Anything at all"),
                channel("incidents", list(everyone), "What is broken, and who is on it"),
                channel("ops", staff, "Day-to-day operations"),
                channel("leads", [ana.id, ben.id], "For the two of us", "private"),
            ],
            usergroups=[UserGroup(stable_id("S", "oncall"), "oncall", "On call", (ana.id, ben.id))],
        )

    def _open_all_ims(self) -> None:
        people = list(self.people)
        for index, one in enumerate(people):
            for other in [self.bot.user_id, *people[index + 1 :]]:
                im_id = self._im_id(one, other)
                self.channels.setdefault(im_id, Channel(im_id, "", "im", [one, other]))

    def _im_id(self, one: str, other: str) -> str:
        return stable_id("D", "+".join(sorted([one, other])))

    def person(self, who: str) -> User:
        """A person by id or name; KeyError for anyone else."""
        if who in self.people:
            return self.people[who]
        for user in self.people.values():
            if user.name == who.removeprefix("@"):
                return user
        raise KeyError(who)

    def channel(self, where: str) -> Channel:
        """A channel by id or name; KeyError for any other."""
        if where in self.channels:
            return self.channels[where]
        for channel in self.channels.values():
            if channel.name and channel.name == where.removeprefix("#"):
                return channel
        raise KeyError(where)

    def im(self, one: str, other: str) -> Channel:
        """The direct messages between two (ids or names; the bot's too)."""
        return self.channels[self._im_id(self.member_id(one), self.member_id(other))]

    def member_id(self, who: str) -> str:
        """The id of a person or the bot, from an id or a name."""
        if who.removeprefix("@") in {self.bot.name, self.bot.user_id}:
            return self.bot.user_id
        return self.person(who).id

    def username(self, user_id: str) -> str:
        """The short name of a person or the bot."""
        return self.bot.name if user_id == self.bot.user_id else self.people[user_id].name

    def visible_to(self, user: User) -> Iterator[Channel]:
        """The conversations that a person finds in their sidebar."""
        for channel in self.channels.values():
            if user.id in channel.members or (channel.kind == "channel" and not user.is_guest):
                yield channel

    def audience(self, channel: Channel) -> list[str]:
        """The people whose pages show what happens in a channel."""
        return [user.id for user in self.people.values() if channel in self.visible_to(user)]

    def channel_for_bot(self, where: str) -> Channel:
        """The channel that the app names in a call; as in Slack, private ones are unknown to it."""
        channel = self.channels.get(where)
        if channel is None or (
            channel.kind != "channel" and self.bot.user_id not in channel.members
        ):
            raise Refusal("channel_not_found")
        return channel

    def user_to_slack(self, user_id: str) -> dict[str, Any]:
        """A user object as users.info gives it."""
        is_bot = user_id == self.bot.user_id
        if not is_bot and user_id not in self.people:
            raise Refusal("user_not_found")
        user = (
            User(user_id, self.bot.name, self.bot.name.capitalize())
            if is_bot
            else self.people[user_id]
        )
        profile: dict[str, Any] = {
            "title": user.title,
            "real_name": user.real_name,
            "real_name_normalized": user.real_name,
            "display_name": user.name,
            "display_name_normalized": user.name,
            "team": user.team_id or self.team_id,
        }
        if is_bot:
            profile |= {"api_app_id": self.bot.app_id, "bot_id": self.bot.bot_id}
        else:
            profile["email"] = f"{user.name}@example.com"
        return {
            "id": user.id,
            "team_id": user.team_id or self.team_id,
            "name": user.name,
            "deleted": user.deleted,
            "color": user.color,
            "real_name": user.real_name,
            "tz": user.tz,
            "tz_label": user.tz,
            "tz_offset": _utc_offset(user.tz),
            "profile": profile,
            "is_admin": user.is_admin,
            "is_owner": user.is_admin,
            "is_primary_owner": user.is_admin,
            "is_restricted": user.is_guest,
            "is_ultra_restricted": user.is_single_channel_guest,
            "is_bot": is_bot,
            "is_app_user": False,
            "is_stranger": user.is_stranger,
            "updated": 1_700_000_000,
        } | self._in_grid(user)

    def _in_grid(self, user: User) -> dict[str, Any]:
        """https://docs.slack.dev/reference/objects/user-object#enterprise-grid."""
        if not user.grid_teams:
            return {}
        grid = {
            "id": user.id,
            "enterprise_id": stable_id("E", self.team_name),
            "enterprise_name": self.team_name,
            "is_admin": False,
            "is_owner": False,
            "teams": list(user.grid_teams),
        }
        return {"enterprise_user": grid}

    def channel_to_slack(self, channel: Channel) -> dict[str, Any]:
        """A conversation object as conversations.info gives it."""
        common: dict[str, Any] = {
            "id": channel.id,
            "created": channel.created,
            "is_archived": channel.is_archived,
            "is_im": channel.kind == "im",
            "is_org_shared": False,
            "context_team_id": self.team_id,
        }
        if channel.kind == "im":
            return common | {"user": channel.other(self.bot.user_id), "priority": 0}
        note = {"value": channel.topic, "creator": channel.creator, "last_set": channel.created}
        return common | {
            "name": channel.name,
            "name_normalized": channel.name,
            "is_channel": channel.kind == "channel",
            "is_group": channel.kind == "private",
            "is_mpim": False,
            "is_private": channel.kind == "private",
            "is_general": channel.name == "general",
            "is_shared": False,
            "is_ext_shared": False,
            "is_member": self.bot.user_id in channel.members,
            "creator": channel.creator,
            "topic": note,
            "purpose": {"value": "", "creator": "", "last_set": 0},
            "num_members": len(channel.members),
        }
