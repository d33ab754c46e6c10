"""Every limit that the workspace holds an app to, in one table.

The numbers are Slack's own; each row names the page that states it. Where Slack documents none,
the row says how it is known. The other half of the table, refusals without a number, is in
error_codes.py. Every row is tried by a test: at the number, and one past it.
"""

from __future__ import annotations

from dataclasses import dataclass

_BLOCKS = "https://docs.slack.dev/reference/block-kit/blocks/"
_ELEMENTS = "https://docs.slack.dev/reference/block-kit/block-elements/"
_OBJECTS = "https://docs.slack.dev/reference/block-kit/composition-objects/"
_METHODS = "https://docs.slack.dev/reference/methods/"
_FILES = "https://docs.slack.dev/messaging/working-with-files"
_INTERACTION = "https://docs.slack.dev/interactivity/handling-user-interaction"


@dataclass(frozen=True, slots=True)
class Limit:
    """One number of Slack's."""

    number: int
    error: str
    """The API's error code, or the sentence's subject where a person meets it."""
    doc: str


_INVALID = "invalid_blocks"
_ARGUMENTS = "invalid_arguments"

LIMITS: dict[str, Limit] = {
    "message.blocks": Limit(50, _INVALID, _BLOCKS),
    "message.text": Limit(40_000, "truncated", _METHODS + "chat.postMessage#truncating"),
    "message.update_text": Limit(4_000, "msg_too_long", _METHODS + "chat.update"),
    # Undocumented: seen as the size at which posting is refused, whatever the blocks are.
    "message.block_text": Limit(13_200, "msg_blocks_too_long", _METHODS + "chat.postMessage"),
    "message.markdown": Limit(12_000, "msg_too_long", _BLOCKS + "markdown-block"),
    "message.markdown_text": Limit(12_000, "msg_too_long", _METHODS + "chat.postMessage"),
    "message.tables": Limit(1, "invalid_attachments", _BLOCKS + "table-block"),
    # Both numbers stand in Slack's help for people, "Add files to Slack".
    "message.files": Limit(10, "too_many_files", _FILES),
    "file.bytes": Limit(2**30, "file_upload_size_restricted", _FILES),
    # Both numbers stand in Slack's help for people, "Use emoji reactions".
    "message.emoji": Limit(50, "too_many_emoji", _METHODS + "reactions.add"),
    "person.reactions": Limit(23, "too_many_reactions", _METHODS + "reactions.add"),
    "file.alt_text": Limit(1_000, "alt_txt_too_large", _METHODS + "files.getUploadURLExternal"),
    "file.snippet_bytes": Limit(
        1_000_000, "snippet_too_large", _METHODS + "files.getUploadURLExternal"
    ),
    "message.data_table_text": Limit(20_000, _INVALID, _BLOCKS + "data-table-block"),
    "stream.markdown_text": Limit(12_000, "msg_too_long", _METHODS + "chat.appendStream"),
    # Undocumented: a stream ends about five minutes after its start, however busy it is.
    # https://github.com/slackapi/python-slack-sdk/issues/1859
    "stream.seconds": Limit(300, "message_not_in_streaming_state", _METHODS + "chat.appendStream"),
    "assistant.loading_messages": Limit(10, _ARGUMENTS, _METHODS + "assistant.threads.setStatus"),
    # A status that nothing ends goes by itself after two minutes.
    "assistant.status_seconds": Limit(120, "", _METHODS + "assistant.threads.setStatus"),
    "assistant.prompts": Limit(4, _ARGUMENTS, _METHODS + "assistant.threads.setSuggestedPrompts"),
    "view.blocks": Limit(100, _ARGUMENTS, "https://docs.slack.dev/reference/views"),
    "view.bytes": Limit(250_000, "view_too_large", _METHODS + "views.open"),
    "view.title": Limit(24, _ARGUMENTS, "https://docs.slack.dev/reference/views/modal-views"),
    "view.private_metadata": Limit(3_000, _ARGUMENTS, "https://docs.slack.dev/reference/views"),
    "view.id": Limit(255, _ARGUMENTS, "https://docs.slack.dev/reference/views"),
    "view.stack": Limit(3, "push_limit_reached", _METHODS + "views.push"),
    "id": Limit(255, _INVALID, _BLOCKS),
    "section.text": Limit(3_000, _INVALID, _BLOCKS + "section-block"),
    "section.fields": Limit(10, _INVALID, _BLOCKS + "section-block"),
    "section.field": Limit(2_000, _INVALID, _BLOCKS + "section-block"),
    "header.text": Limit(150, _INVALID, _BLOCKS + "header-block"),
    "context.elements": Limit(10, _INVALID, _BLOCKS + "context-block"),
    "context.text": Limit(2_000, _INVALID, _BLOCKS + "context-block"),
    "actions.elements": Limit(25, _INVALID, _BLOCKS + "actions-block"),
    "context_actions.elements": Limit(5, _INVALID, _BLOCKS + "context-actions-block"),
    "input.label": Limit(2_000, _INVALID, _BLOCKS + "input-block"),
    "input.hint": Limit(2_000, _INVALID, _BLOCKS + "input-block"),
    "image.url": Limit(3_000, _INVALID, _BLOCKS + "image-block"),
    "image.alt": Limit(2_000, _INVALID, _BLOCKS + "image-block"),
    "image.title": Limit(2_000, _INVALID, _BLOCKS + "image-block"),
    "markdown.text": Limit(12_000, _INVALID, _BLOCKS + "markdown-block"),
    "rich_text.indent": Limit(8, _INVALID, _BLOCKS + "rich-text-block"),
    "table.rows": Limit(100, _INVALID, _BLOCKS + "table-block"),
    "table.cells": Limit(20, _INVALID, _BLOCKS + "table-block"),
    "table.column_settings": Limit(20, _INVALID, _BLOCKS + "table-block"),
    # A header and 200 rows. Slack's page has said 100 rows; the validator takes 200.
    "data_table.rows": Limit(201, _INVALID, _BLOCKS + "data-table-block"),
    "data_table.cells": Limit(20, _INVALID, _BLOCKS + "data-table-block"),
    "data_table.page_size": Limit(100, _INVALID, _BLOCKS + "data-table-block"),
    # Slack's page gives no number. This is what the validator was seen to hold it to.
    "alert.text": Limit(200, _INVALID, _BLOCKS + "alert-block"),
    "card.title": Limit(150, _INVALID, _BLOCKS + "card-block"),
    "card.subtitle": Limit(150, _INVALID, _BLOCKS + "card-block"),
    "card.body": Limit(200, _INVALID, _BLOCKS + "card-block"),
    "card.subtext": Limit(200, _INVALID, _BLOCKS + "card-block"),
    "card.actions": Limit(3, _INVALID, _BLOCKS + "card-block"),
    "carousel.elements": Limit(10, _INVALID, _BLOCKS + "carousel-block"),
    "container.child_blocks": Limit(10, _INVALID, _BLOCKS + "container-block"),
    "container.title": Limit(150, _INVALID, _BLOCKS + "container-block"),
    "container.subtitle": Limit(150, _INVALID, _BLOCKS + "container-block"),
    "plan.tasks": Limit(50, _INVALID, _BLOCKS + "plan-block"),
    "video.title": Limit(200, _INVALID, _BLOCKS + "video-block"),
    "video.author": Limit(50, _INVALID, _BLOCKS + "video-block"),
    "video.provider": Limit(50, _INVALID, _BLOCKS + "video-block"),
    "video.link": Limit(2_000, _INVALID, _BLOCKS + "video-block"),
    "video.description": Limit(200, _INVALID, _BLOCKS + "video-block"),
    "button.text": Limit(75, _INVALID, _ELEMENTS + "button-element"),
    "button.value": Limit(2_000, _INVALID, _ELEMENTS + "button-element"),
    "button.url": Limit(3_000, _INVALID, _ELEMENTS + "button-element"),
    "button.agent_prompt": Limit(4_000, _INVALID, _ELEMENTS + "button-element"),
    "accessibility_label": Limit(75, _INVALID, _ELEMENTS + "button-element"),
    "feedback_button.text": Limit(75, _INVALID, _ELEMENTS + "feedback-buttons-element"),
    "feedback_button.value": Limit(2_000, _INVALID, _ELEMENTS + "feedback-buttons-element"),
    "icon_button.viewers": Limit(10, _INVALID, _ELEMENTS + "icon-button-element"),
    "workflow_button.text": Limit(75, _INVALID, _ELEMENTS + "workflow-button-element"),
    "select.options": Limit(100, _INVALID, _ELEMENTS + "select-menu-element"),
    "select.groups": Limit(100, _INVALID, _ELEMENTS + "select-menu-element"),
    "overflow.options": Limit(5, _INVALID, _ELEMENTS + "overflow-menu-element"),
    "choices.options": Limit(10, _INVALID, _ELEMENTS + "checkboxes-element"),
    "placeholder": Limit(150, _INVALID, _ELEMENTS + "plain-text-input-element"),
    "plain_text_input.max_length": Limit(3_000, _INVALID, _ELEMENTS + "plain-text-input-element"),
    "rich_text_input.lines": Limit(100, _INVALID, _ELEMENTS + "rich-text-input-element"),
    "file_input.max_files": Limit(10, _INVALID, _ELEMENTS + "file-input-element"),
    "option.text": Limit(75, _INVALID, _OBJECTS + "option-object"),
    "option.value": Limit(150, _INVALID, _OBJECTS + "option-object"),
    "option.description": Limit(75, _INVALID, _OBJECTS + "option-object"),
    "option.url": Limit(3_000, _INVALID, _OBJECTS + "option-object"),
    "option_group.label": Limit(75, _INVALID, _OBJECTS + "option-group-object"),
    "confirm.title": Limit(100, _INVALID, _OBJECTS + "confirmation-dialog-object"),
    "confirm.text": Limit(300, _INVALID, _OBJECTS + "confirmation-dialog-object"),
    "confirm.button": Limit(30, _INVALID, _OBJECTS + "confirmation-dialog-object"),
    "dispatch.triggers": Limit(2, _INVALID, _OBJECTS + "dispatch-action-configuration-object"),
    "response_url.uses": Limit(5, "used_url", _INTERACTION + "#message_responses"),
    "response_url.seconds": Limit(1_800, "expired_url", _INTERACTION + "#message_responses"),
    "trigger.seconds": Limit(3, "expired_trigger_id", _INTERACTION + "#modal_responses"),
    "ack.seconds": Limit(3, "operation_timeout", _INTERACTION + "#acknowledgment_response"),
    "event.retries": Limit(3, "", "https://docs.slack.dev/apis/events-api/#retries"),
    "socket.connections": Limit(
        10, "too_many_websockets", "https://docs.slack.dev/apis/events-api/using-socket-mode"
    ),
}

CALLS_PER_MINUTE: dict[str, int] = {
    # https://docs.slack.dev/apis/web-api/rate-limits: the tier of each method that has one here.
    # chat.postMessage has its own rule (about one a second and channel), kept apart.
    "chat.update": 50,
    "chat.delete": 50,
    "chat.startStream": 20,
    "chat.appendStream": 100,
    "chat.stopStream": 20,
    "assistant.threads.setSuggestedPrompts": 100,
    "assistant.threads.setTitle": 100,
    "usergroups.list": 20,
    "usergroups.users.list": 20,
    "chat.postEphemeral": 100,
    "conversations.info": 50,
    "conversations.history": 50,
    "conversations.replies": 50,
    "conversations.list": 20,
    "conversations.members": 100,
    "conversations.open": 50,
    "conversations.join": 50,
    "files.completeUploadExternal": 100,
    "files.delete": 50,
    "files.getUploadURLExternal": 100,
    "files.info": 100,
    "files.list": 50,
    "reactions.add": 50,
    "reactions.get": 50,
    "reactions.list": 20,
    "reactions.remove": 20,
    "users.info": 100,
    "users.list": 20,
    "views.open": 100,
    "views.push": 100,
    "views.update": 100,
    "views.publish": 100,
    "bots.info": 50,
    "team.info": 50,
}


def most(name: str) -> int:
    """The number of one limit, by its name in the table."""
    return LIMITS[name].number
