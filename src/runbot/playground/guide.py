"""A newcomer's first minutes: steps that are done by what happens in the workspace.

What the steps are is given from outside; here is only how one sees that a step is done. A step
that is done stays done, in whatever order it came about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from runbot.playground.delivery import Envelope
from runbot.playground.messages import Message, texts_of
from runbot.playground.traffic import ApiCall, Exchange, MailArrival, UrlAnswer


@dataclass(frozen=True, slots=True)
class Offers:
    """A message by the app has a control with this action_id (and style, where one is named)."""

    action_id: str
    style: str = ""


@dataclass(frozen=True, slots=True)
class Shows:
    """A message by the app shows this text."""

    text: str


@dataclass(frozen=True, slots=True)
class Pressed:
    """Somebody used a control with this action_id."""

    action_id: str


@dataclass(frozen=True, slots=True)
class Submitted:
    """Somebody submitted a modal with this callback_id."""

    callback_id: str


@dataclass(frozen=True, slots=True)
class MailCame:
    """A mail reached the mailbox."""


@dataclass(frozen=True, slots=True)
class Opened:
    """Somebody opened a place of the page: `mailbox`, `home` or `inspector`."""

    place: str


Condition = Offers | Shows | Pressed | Submitted | MailCame | Opened


@dataclass(frozen=True, slots=True)
class Insert:
    """A text to send. `{url}` in it stands for the workspace's own address."""

    text: str
    channel: str = ""
    """Where, by name; or else"""
    thread_of: str = ""
    """in the thread of the message that made the step of this name done."""


@dataclass(frozen=True, slots=True)
class GuideStep:
    """One step: what to do, how it is seen to be done, and what to press for it."""

    name: str
    title: str
    sentence: str
    done_when: tuple[Condition, ...]
    """Any of them."""
    insert: Insert | None = None
    press: tuple[str, ...] = ()
    """The action_ids of controls: the newest one of them is the one to press."""
    submit: str = ""
    """The callback_id of a modal whose submit button is the one to press, once it is open."""
    place: str = ""
    """The place to open: see Opened."""


@dataclass(slots=True)
class _Message:
    """What the app posted or changed, as far as a condition asks."""

    channel: str
    ts: str
    thread_ts: str
    text: str
    blocks: Any


@dataclass(slots=True)
class Guide:
    """Where one stands. `tell` is called after each change."""

    steps: Sequence[GuideStep]
    tell: Callable[[], None]
    channel_id: Callable[[str], str]
    """A channel's id by its name; KeyError for none."""
    dismissed: bool = False
    done: dict[str, list[str]] = field(default_factory=dict)
    """By the step's name: channel, ts and thread_ts of the message that did it, or nothing."""

    def __post_init__(self) -> None:
        """A guide that names what there isn't is found out at the start: KeyError."""
        names = {step.name: step for step in self.steps}
        for step in self.steps:
            if step.insert and step.insert.thread_of:
                names[step.insert.thread_of]
            elif step.insert:
                self.channel_id(step.insert.channel)

    # What happens

    def observe(self, exchange: Exchange) -> None:
        """Something passed between Slack and the app."""
        what = exchange.what
        if not self._open:
            return
        match what:
            case ApiCall(response={"ok": True}):
                self._see_call(what)
            case UrlAnswer(status=200):
                ts = what.ts[0] if what.ts else ""
                self._see(
                    _Message(what.channel, ts, "", str(what.body.get("text") or ""), what.body)
                )
            case Envelope(type="interactive"):
                self._see_act(what.payload)
            case MailArrival():
                self._meet(lambda condition: isinstance(condition, MailCame))
            case _:
                return

    def see(self, messages: Iterable[Message]) -> None:
        """Messages that the app posted before anybody watched."""
        for m in messages:
            if self._open and m.bot_id:
                self._see(_Message(m.channel, m.ts, m.thread_ts or "", m.text, m.blocks))

    def opened(self, place: str) -> None:
        """Somebody opened a place of the page."""
        self._meet(lambda condition: condition == Opened(place))

    def dismiss(self, *, dismissed: bool) -> None:
        """Put the guide away, or take it out again."""
        if self.dismissed != dismissed:
            self.dismissed = dismissed
            self.tell()

    def begin_again(self) -> None:
        """Forget what was done."""
        self.done.clear()
        self.dismissed = False
        self.tell()

    @property
    def _open(self) -> bool:
        return len(self.done) < len(self.steps)

    def _see_call(self, call: ApiCall) -> None:
        if not call.method.startswith("chat."):
            return
        given, answer = call.arguments, call.response
        text = str(given.get("text") or given.get("markdown_text") or "")
        self._see(
            _Message(
                str(answer.get("channel") or given.get("channel") or ""),
                str(answer.get("ts") or given.get("ts") or ""),
                str(given.get("thread_ts") or ""),
                text,
                given.get("blocks"),
            )
        )

    def _see(self, message: _Message) -> None:
        controls = list(_controls(message.blocks))
        words = "\n".join([message.text, *texts_of(message.blocks)])

        def meets(condition: Condition) -> bool:
            match condition:
                case Shows(text):
                    return text in words
                case Offers(action_id, style):
                    return any(
                        c["action_id"] == action_id and style in {"", c.get("style")}
                        for c in controls
                    )
                case _:
                    return False

        self._meet(meets, [message.channel, message.ts, message.thread_ts])

    def _see_act(self, payload: dict[str, Any]) -> None:
        pressed = {str(action.get("action_id")) for action in payload.get("actions", ())}
        submitted = payload.get("type") == "view_submission" and payload["view"]["callback_id"]

        def meets(condition: Condition) -> bool:
            match condition:
                case Pressed(action_id):
                    return action_id in pressed
                case Submitted(callback_id):
                    return callback_id == submitted
                case _:
                    return False

        self._meet(meets)

    def _meet(self, meets: Callable[[Condition], bool], where: list[str] | None = None) -> None:
        new = {
            step.name: where or []
            for step in self.steps
            if step.name not in self.done and any(meets(each) for each in step.done_when)
        }
        if new:
            self.done |= new
            self.tell()

    # How it is kept, and how the page sees it

    def to_file(self) -> dict[str, Any]:
        """What is done, and whether it is put away."""
        return {"done": self.done, "dismissed": self.dismissed}

    def from_file(self, kept: dict[str, Any]) -> None:
        """Take up what to_file gave; steps that there aren't any more are left out."""
        names = {step.name for step in self.steps}
        self.done = {name: where for name, where in kept["done"].items() if name in names}
        self.dismissed = bool(kept["dismissed"])

    def to_page(self, url: str) -> dict[str, Any] | None:
        """The steps, the one to do next, and what helps with it; None without steps."""
        if not self.steps:
            return None
        current = next((step for step in self.steps if step.name not in self.done), None)
        return {
            "dismissed": self.dismissed,
            "steps": [
                {
                    "name": step.name,
                    "title": step.title,
                    "sentence": step.sentence,
                    "done": step.name in self.done,
                }
                for step in self.steps
            ],
            "current": current and current.name,
            "insert": current and self._inserted(current, url),
            "press": list(current.press) if current else [],
            "submit": current.submit if current else "",
            "place": current.place if current else "",
        }

    def _inserted(self, step: GuideStep, url: str) -> dict[str, str] | None:
        if step.insert is None:
            return None
        text = step.insert.text.replace("{url}", url)
        if not step.insert.thread_of:
            return {"text": text, "channel": self.channel_id(step.insert.channel), "thread_ts": ""}
        found = self.done.get(step.insert.thread_of)
        if not found:
            return None
        channel, ts, thread_ts = found
        return {"text": text, "channel": channel, "thread_ts": thread_ts or ts}


def _controls(tree: object) -> Iterable[dict[str, Any]]:
    """Everything in it that can be pressed or chosen."""
    if isinstance(tree, dict):
        if isinstance(tree.get("action_id"), str):
            yield tree
        for value in tree.values():
            yield from _controls(value)
    elif isinstance(tree, list):
        for item in tree:
            yield from _controls(item)
