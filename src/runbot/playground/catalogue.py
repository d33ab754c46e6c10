"""Every Web API method that Slack has in an app's areas, and what of it is here.

https://docs.slack.dev/reference/methods. A test holds it to the routes of web_api.py and to the
methods that Slack's own SDK calls, so that nothing is missing and nothing is invented.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

State = Literal["supported", "partial", "absent"]

# The first part of a method's name. What isn't here is no part of an app's work with people:
# running a company's Slack (admin, migration, tooling), one person's own things (dnd, reminders,
# search, stars), Slack's other products (calls, entity, slackLists, slackbot), and what Slack has
# retired or replaced (channels, groups, im, mpim, rtm).
FAMILIES = frozenset(
    {
        "agents",
        "api",
        "apps",
        "assistant",
        "auth",
        "blocks",
        "bookmarks",
        "bots",
        "canvases",
        "chat",
        "conversations",
        "dialog",
        "emoji",
        "files",
        "functions",
        "oauth",
        "openid",
        "pins",
        "reactions",
        "team",
        "usergroups",
        "users",
        "views",
        "workflows",
    }
)


@dataclass(frozen=True, slots=True)
class Entry:
    """What the playground has of one method."""

    state: State
    note: str = ""
    """What is missing of it, or why it is absent; empty for what is supported."""

    @property
    def sentence(self) -> str:
        """What an absent method is answered with beside its error."""
        return f"Slack has this method, and the playground doesn't. {self.note}"


def _supported(*methods: str) -> Iterator[tuple[str, Entry]]:
    yield from ((method, Entry("supported")) for method in methods)


def _partial(method: str, note: str) -> Iterator[tuple[str, Entry]]:
    yield method, Entry("partial", note)


def _absent(note: str, *methods: str) -> Iterator[tuple[str, Entry]]:
    yield from ((method, Entry("absent", note)) for method in methods)


CATALOGUE: dict[str, Entry] = dict(
    [
        *_supported(
            "apps.connections.open",
            "assistant.threads.setStatus",
            "assistant.threads.setSuggestedPrompts",
            "assistant.threads.setTitle",
            "auth.test",
            "blocks.validate",
            "bots.info",
            "chat.appendStream",
            "chat.delete",
            "chat.getPermalink",
            "conversations.history",
            "conversations.info",
            "conversations.join",
            "conversations.list",
            "conversations.members",
            "conversations.replies",
            "files.completeUploadExternal",
            "files.delete",
            "files.info",
            "reactions.add",
            "reactions.get",
            "reactions.list",
            "reactions.remove",
            "team.info",
            "usergroups.list",
            "usergroups.users.list",
            "users.info",
            "users.list",
            "views.open",
            "views.publish",
            "views.push",
            "views.update",
        ),
        *_partial(
            "chat.postMessage",
            "No attachments, no unfurling, no other name or icon than the app's, no broadcast.",
        ),
        *_partial("chat.postEphemeral", "No attachments, no other name or icon than the app's."),
        *_partial("chat.update", "No attachments, no files, no broadcast of a reply."),
        *_partial("chat.startStream", "Always as a reply, and under the app's own name and icon."),
        *_partial("chat.stopStream", "The session's status is checked, and has no effect."),
        *_partial("conversations.open", "Direct messages with one person; no group messages."),
        *_partial("files.getUploadURLExternal", "A snippet has no colours for its language."),
        *_partial("files.list", "There are no spaces, snippets or Google documents to list."),
        *_absent(
            "Agent sessions aren't shown; assistant.threads.setStatus is.",
            "agents.conversations.archive",
            "agents.conversations.create",
            "agents.conversations.getCanvas",
            "agents.conversations.listViews",
            "agents.conversations.removeView",
            "agents.conversations.setCanvasContent",
            "agents.conversations.setCommands",
            "agents.conversations.setProperties",
            "agents.conversations.setView",
            "agents.sessions.rename",
            "agents.sessions.setStatus",
        ),
        *_absent(
            "The app, its tokens and its manifest are given at the start.",
            "api.test",
            "apps.event.authorizations.list",
            "apps.manifest.create",
            "apps.manifest.delete",
            "apps.manifest.export",
            "apps.manifest.update",
            "apps.manifest.validate",
            "apps.uninstall",
            "apps.user.connection.bulkUpdate",
            "apps.user.connection.requestAuth",
            "apps.user.connection.update",
            "auth.revoke",
            "auth.teams.list",
            "oauth.access",
            "oauth.v2.access",
            "oauth.v2.exchange",
            "openid.connect.token",
            "openid.connect.userInfo",
        ),
        *_absent(
            "Channels have no bookmarks, canvases or pins.",
            "bookmarks.add",
            "bookmarks.edit",
            "bookmarks.list",
            "bookmarks.remove",
            "canvases.access.delete",
            "canvases.access.set",
            "canvases.create",
            "canvases.delete",
            "canvases.edit",
            "canvases.getContent",
            "canvases.sections.lookup",
            "conversations.canvases.create",
            "pins.add",
            "pins.list",
            "pins.remove",
        ),
        *_absent(
            "Nothing is sent later, unfurled, or said in the third person.",
            "chat.deleteScheduledMessage",
            "chat.meMessage",
            "chat.scheduleMessage",
            "chat.scheduledMessages.list",
            "chat.unfurl",
        ),
        *_absent(
            "Channels are made, named and left by people: /invite, /remove and /archive are there.",
            "conversations.archive",
            "conversations.close",
            "conversations.create",
            "conversations.invite",
            "conversations.kick",
            "conversations.leave",
            "conversations.mark",
            "conversations.rename",
            "conversations.setPurpose",
            "conversations.setTopic",
            "conversations.unarchive",
        ),
        *_absent(
            "There is one workspace, and no channel is shared with another.",
            "conversations.acceptSharedInvite",
            "conversations.approveSharedInvite",
            "conversations.declineSharedInvite",
            "conversations.externalInvitePermissions.set",
            "conversations.inviteShared",
            "conversations.listConnectInvites",
            "conversations.requestSharedInvite.approve",
            "conversations.requestSharedInvite.deny",
            "conversations.requestSharedInvite.list",
            "team.externalTeams.disconnect",
            "team.externalTeams.list",
        ),
        *_absent("Slack has replaced dialogs by modals: views.open.", "dialog.open"),
        *_absent("There are no emoji of the workspace's own.", "emoji.list"),
        *_absent(
            "Slack has retired it: files.getUploadURLExternal takes its place.", "files.upload"
        ),
        *_absent(
            "Files have no comments and no public addresses, and none is kept elsewhere.",
            "files.comments.delete",
            "files.remote.add",
            "files.remote.info",
            "files.remote.list",
            "files.remote.remove",
            "files.remote.share",
            "files.remote.update",
            "files.revokePublicURL",
            "files.sharedPublicURL",
        ),
        *_absent(
            "There are no workflows, and so no steps to complete.",
            "functions.completeError",
            "functions.completeSuccess",
            "workflows.featured.add",
            "workflows.featured.list",
            "workflows.featured.remove",
            "workflows.featured.set",
            "workflows.stepCompleted",
            "workflows.stepFailed",
            "workflows.updateStep",
        ),
        *_absent(
            "The team has no plan, no bill and no logs.",
            "team.accessLogs",
            "team.billableInfo",
            "team.billing.info",
            "team.integrationLogs",
            "team.preferences.list",
            "team.profile.get",
        ),
        *_absent(
            "Groups are as the workspace was made.",
            "usergroups.create",
            "usergroups.disable",
            "usergroups.enable",
            "usergroups.update",
            "usergroups.users.update",
        ),
        *_absent(
            "Of people there is what users.info tells.",
            "users.conversations",
            "users.deletePhoto",
            "users.discoverableContacts.lookup",
            "users.getPresence",
            "users.identity",
            "users.lookupByEmail",
            "users.profile.get",
            "users.profile.set",
            "users.setPhoto",
            "users.setPresence",
        ),
    ]
)
