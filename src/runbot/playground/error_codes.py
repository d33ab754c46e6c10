"""Every error code that an app can be answered, with what it means and Slack's page of it.

The second half of the table of limits.py: a refusal whose code has no row here can't be raised,
and each row is met by a test.
"""

from __future__ import annotations

from dataclasses import dataclass

_METHODS = "https://docs.slack.dev/reference/methods/"
_WEB_API = "https://docs.slack.dev/apis/web-api/"
_INTERACTION = "https://docs.slack.dev/interactivity/handling-user-interaction"


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """One code of Slack's."""

    why: str
    doc: str


def _of(method: str, why: str) -> ErrorCode:
    """A code that a method's own page lists."""
    return ErrorCode(why, _METHODS + method)


ERROR_CODES: dict[str, ErrorCode] = {
    # Any method
    "invalid_arguments": ErrorCode("An argument is missing or wrong.", _WEB_API),
    "invalid_auth": ErrorCode("The token isn't this workspace's.", _METHODS + "auth.test"),
    "invalid_cursor": ErrorCode("No answer gave this cursor.", _WEB_API + "pagination"),
    "invalid_json": ErrorCode("The body isn't JSON.", _WEB_API),
    "invalid_limit": ErrorCode("There is no page of that size.", _WEB_API + "pagination"),
    "json_not_object": ErrorCode("The body's JSON isn't an object.", _WEB_API),
    "missing_scope": ErrorCode(
        "The manifest doesn't ask for a scope that lets it.",
        "https://docs.slack.dev/reference/scopes",
    ),
    "not_allowed_token_type": ErrorCode(
        "The method takes the other token.", "https://docs.slack.dev/authentication/tokens"
    ),
    "not_authed": ErrorCode("There is no token.", _METHODS + "auth.test"),
    "ratelimited": ErrorCode("Too many calls; see Retry-After.", _WEB_API + "rate-limits"),
    "unknown_method": ErrorCode(
        "There is no such method, or none here: see catalogue.py.", _METHODS
    ),
    # Where
    "channel_not_found": _of("chat.postMessage", "No channel of that id that the app may know."),
    "is_archived": _of("chat.postMessage", "The channel is archived."),
    "is_inactive": _of("chat.update", "The message's channel is archived."),
    "not_in_channel": _of("conversations.history", "The app isn't a member."),
    "method_not_supported_for_channel_type": _of(
        "conversations.join", "Only public channels can be joined."
    ),
    # Who
    "bot_not_found": _of("bots.info", "There is no such bot."),
    "no_such_subteam": _of("usergroups.users.list", "There is no such group."),
    "not_enough_users": _of("conversations.open", "There are no group messages here."),
    "team_not_found": _of("chat.startStream", "Somebody of another workspace."),
    "user_disabled": _of("conversations.open", "That account is deactivated."),
    "user_not_found": _of("users.info", "There is nobody of that id."),
    "user_not_in_channel": _of("chat.postEphemeral", "Who isn't in the channel can't see it."),
    "users_list_not_supplied": _of("conversations.open", "It must be said with whom."),
    # What is said
    "block_mismatch": _of("chat.update", "Rich text is replaced by rich text alone."),
    "cant_delete_message": _of("chat.delete", "The message is somebody else's."),
    "cant_update_message": _of("chat.update", "The message is somebody else's."),
    "invalid_attachments": _of("chat.postMessage", "Attachments, or a second table."),
    "invalid_blocks": _of("chat.postMessage", "The blocks aren't as Block Kit has them."),
    "invalid_blocks_format": _of("chat.postMessage", "The blocks aren't a list."),
    "invalid_message": _of("blocks.validate", "The message isn't as Block Kit has it."),
    "invalid_metadata_format": _of("chat.postMessage", "Metadata needs a type and a payload."),
    "invalid_thread_ts": _of("chat.postMessage", "That isn't a message's timestamp."),
    "invalid_view": _of("blocks.validate", "The view isn't as Block Kit has it."),
    "markdown_text_conflict": _of("chat.postMessage", "Markdown and blocks or text at once."),
    "message_not_found": _of("chat.update", "There is no message of that timestamp."),
    "msg_blocks_too_long": _of("chat.postMessage", "The blocks' text is too long in all."),
    "msg_blocks_too_many": _of("chat.appendStream", "The message would have too many blocks."),
    "msg_too_long": _of("chat.update", "The text is too long."),
    "no_text": _of("chat.postMessage", "There is nothing to say."),
    "thread_not_found": _of("conversations.replies", "There is no thread of that timestamp."),
    # Streams
    "cannot_provide_both_markdown_text_and_chunks": _of("chat.appendStream", "One or the other."),
    "invalid_chunks": _of("chat.appendStream", "A chunk isn't as Slack has it."),
    "markdown_text_or_chunks_required": _of("chat.appendStream", "There is nothing to add."),
    "message_not_in_streaming_state": _of("chat.appendStream", "The stream has ended."),
    "message_not_owned_by_app": _of("chat.appendStream", "The message is somebody else's."),
    "missing_recipient_team_id": _of("chat.startStream", "In a channel it must be said to whom."),
    "missing_recipient_user_id": _of("chat.startStream", "In a channel it must be said to whom."),
    "stopped_by_user": _of("chat.appendStream", "A person pressed Stop."),
    "streaming_mode_mismatch": _of("chat.appendStream", "Text to chunks, or chunks to text."),
    "streaming_state_conflict": _of("chat.update", "The message still grows."),
    # Views
    "duplicate_external_id": _of("views.open", "Another view has this external_id."),
    "exchanged_trigger_id": _of("views.open", "The trigger opened a modal before."),
    "expired_trigger_id": _of("views.open", "The trigger is older than three seconds."),
    "hash_conflict": _of("views.update", "The view has changed since that hash."),
    "invalid_trigger_id": _of("views.open", "Nothing that somebody did gave this trigger."),
    "not_enabled": _of("views.publish", "The manifest has no Home tab."),
    "not_found": _of("views.update", "There is no such view."),
    "push_limit_reached": _of("views.push", "Three modals stand on each other already."),
    "view_too_large": _of("views.open", "The view is larger than 250 kB."),
    # Answers to a response_url
    "expired_url": ErrorCode("The URL is older than half an hour.", _INTERACTION),
    "invalid_url": ErrorCode("Nothing that somebody did gave this URL.", _INTERACTION),
    "used_url": ErrorCode("The URL has taken five answers.", _INTERACTION),
    # Lists
    "invalid_ts_oldest": _of("conversations.history", "`oldest` isn't a timestamp."),
    "invalid_types": _of("conversations.list", "There are no conversations of that kind."),
    # Reactions
    "already_reacted": _of("reactions.add", "The app gave it before."),
    "invalid_name": _of("reactions.add", "That isn't the name of an emoji."),
    "no_reaction": _of("reactions.remove", "The app hadn't given it."),
    "too_many_emoji": _of("reactions.add", "The message has all the emoji that it can."),
    "too_many_reactions": _of("reactions.add", "The app gave this message all that it can."),
    # Files
    "alt_txt_too_large": _of("files.getUploadURLExternal", "The description is too long."),
    "cant_delete_file": _of("files.delete", "The file is somebody else's."),
    "file_deleted": _of("files.info", "The file was deleted."),
    "file_not_found": _of("files.info", "There is no file of that id that the app may know."),
    "file_upload_size_restricted": _of("files.getUploadURLExternal", "The file is too large."),
    "length_mismatch": ErrorCode(
        "The upload isn't as long as it was announced.",
        "https://docs.slack.dev/messaging/working-with-files",
    ),
    "missing_argument": _of("files.getUploadURLExternal", "The length is missing."),
    "snippet_too_large": _of("files.getUploadURLExternal", "The snippet is too long."),
    "unknown_type": _of("files.list", "There are no files of that kind."),
}
