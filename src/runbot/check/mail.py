"""The mail server: whether it answers, and takes the login. No mail is sent."""

from __future__ import annotations

from runbot.check.finding import Finding, bad, good
from runbot.domain.errors import RunbotError
from runbot.settings import Settings
from runbot.tools.mail_server import MailServer


async def mail(settings: Settings, seconds: float) -> Finding:
    """What the server said, or what it means that none is set."""
    what = "Mail"
    if settings.smtp_url is None:
        if settings.has_slack:
            return good(
                what,
                "RUNBOT_SMTP_URL is not set, so steps with send_email fail. Set it if runbooks "
                "are to send mail: smtp://user:password@host:port.",
            )
        return good(what, "Goes to the playground's own mailbox.")
    try:
        server = MailServer.parse(settings.smtp_url.get_secret_value(), timeout=seconds)
        await server.greet()
    except RunbotError as error:
        return bad(what, f"{error.sentence} Check RUNBOT_SMTP_URL.")
    return good(what, f"{server.place} answers{' and takes the login' if server.user else ''}.")
