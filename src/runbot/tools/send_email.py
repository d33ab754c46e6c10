"""`send_email`: write to people, on-call ones above all."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from typing import Annotated, ClassVar, Final

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from runbot.domain.errors import InvalidInput
from runbot.domain.parameters import Parameter, ParameterType, read
from runbot.tools.contract import Repeat, Risk, ToolContext, ToolResult
from runbot.tools.letter import Letter, written
from runbot.tools.mail_server import Accepted, MailServer, NotSent, PerhapsSent
from runbot.tools.words import failed, one_line, storable

MAX_RECIPIENTS: Final = 50
MAX_SUBJECT: Final = 300
MAX_BODY: Final = 100_000
_ADDRESS: Final = r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*"
_SENDER: Final = re.compile(
    rf"(?P<plain>{_ADDRESS})|\"?(?P<name>[^\"<>\r\n]*?)\"?\s*<(?P<named>{_ADDRESS})>", re.ASCII
)
_EMAIL = Parameter(name="to", type=ParameterType.EMAIL)


def _split(value: object) -> object:
    if isinstance(value, str):
        return [part for part in re.split(r"[,;\s]+", value) if part]
    return value


def _address(text: str) -> str:
    address = read(_EMAIL, text)
    if not address.isascii() or not address.isprintable():
        raise ValueError(f'"{one_line(address, 60)}" has letters that mail servers don\'t take.')
    return address


def _one_line_only(text: str) -> str:
    if "\r" in text or "\n" in text:
        raise ValueError("subject must be one line: a line break in it could add mail headers.")
    return text


class SendEmailArguments(BaseModel):
    """Whom to write to, and what."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    to: Annotated[list[Annotated[str, AfterValidator(_address)]], BeforeValidator(_split)] = Field(
        min_length=1,
        max_length=MAX_RECIPIENTS,
        description="One or several email addresses, with commas between them",
    )
    subject: Annotated[str, AfterValidator(_one_line_only)] = Field(
        default="",
        max_length=MAX_SUBJECT,
        description="The subject; without one, the runbook and the run's number",
    )
    body: str = Field(
        default="",
        max_length=MAX_BODY,
        description="The text; without one, which run asks, at which step, and its state",
    )


class SendEmail:
    """Succeeds when the mail server took the message for every recipient."""

    name: ClassVar[str] = "send_email"
    description: ClassVar[str] = "Send an email to one or several addresses"
    arguments: ClassVar[type[BaseModel]] = SendEmailArguments
    risk: ClassVar[Risk] = Risk.WRITE
    repeat: ClassVar[Repeat] = Repeat.NEVER

    def __init__(self, server: MailServer | None, *, sender: str) -> None:
        found = _SENDER.fullmatch(sender.strip())
        if not found:
            raise InvalidInput(
                "RUNBOT_MAIL_FROM is not an email address that mail can come from.",
                do="Write it as runbot@example.com or Runbot <runbot@example.com>.",
            )
        self._name, self._address = found["name"] or "", found["named"] or found["plain"]
        self._server = server

    async def run(self, arguments: BaseModel, context: ToolContext) -> ToolResult:
        """Send it once. A connection lost after the text went out is an unknown outcome."""
        mail = SendEmailArguments.model_validate(arguments)
        if self._server is None:
            return failed(
                "No mail server is set up, so nothing was sent. "
                "The operator names one in RUNBOT_SMTP_URL."
            )
        recipients = list(dict.fromkeys(mail.to))
        letter = self._letter(mail, recipients, context)
        try:
            accepted = await self._server.hand_over(written(letter), self._address, recipients)
        except (InvalidInput, NotSent) as error:
            return failed(error.sentence)
        except PerhapsSent as error:
            return failed(error.sentence, unknown=True, output=f"Message-ID: {letter.message_id}")
        return _told(accepted, letter.message_id)

    def _letter(
        self, mail: SendEmailArguments, recipients: list[str], context: ToolContext
    ) -> Letter:
        subject = mail.subject.strip() or f"{context.runbook}, run {context.run_number}"
        # The same for every copy of this call's message, so that a second one can be told.
        digest = hashlib.sha256(context.key.encode()).hexdigest()[:32]
        return Letter(
            name=self._name,
            sender=self._address,
            recipients=tuple(recipients),
            subject=one_line(subject, MAX_SUBJECT),
            body=storable(mail.body.strip() or _usual_body(context)),
            message_id=f"<{digest}@{self._address.rpartition('@')[2]}>",
            at=datetime.now(UTC),
        )


def _usual_body(context: ToolContext) -> str:
    return (
        f"Run {context.run_number} of {context.runbook} asks for you: it has come to step "
        f"{context.step}.\n\nState: {context.state}"
    )


def _told(accepted: Accepted, message_id: str) -> ToolResult:
    whom = ", ".join(accepted.recipients)
    output = f"Message-ID: {message_id}\nAccepted for: {whom}\nThe server said: {accepted.said}"
    facts = {
        "accepted": list(accepted.recipients),
        "refused": list(accepted.refused),
        "message_id": message_id,
    }
    if not accepted.refused:
        return ToolResult(
            ok=True, summary=one_line(f"mail accepted for {whom}"), output=output, facts=facts
        )
    refused = "; ".join(f"{one} ({reply})" for one, reply in accepted.refused.items())
    return ToolResult(
        ok=False,
        summary=one_line(
            f"The mail server refused {refused}. The others got it: {whom}; "
            "trying again would write to them twice."
        ),
        output=f"{output}\nRefused: {refused}",
        facts=facts,
    )
