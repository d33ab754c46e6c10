"""A local Slack workspace, in the browser and in tests.

It speaks Slack's Web API, Socket Mode and signed HTTP requests on loopback to an app that needs
no change for it, knows nothing of what the app does, and refuses what Slack refuses.
"""

from runbot.playground.delivery import Envelope
from runbot.playground.files import File
from runbot.playground.guide import GuideStep
from runbot.playground.interactions import Submission
from runbot.playground.mailbox import Mail
from runbot.playground.messages import Message
from runbot.playground.people import Person
from runbot.playground.platform import Timing
from runbot.playground.playground import Playground
from runbot.playground.refusals import PersonRefusal
from runbot.playground.traffic import ApiCall
from runbot.playground.usergroups import UserGroup
from runbot.playground.views import View
from runbot.playground.workspace import Bot, Channel, User, Workspace

__all__ = [
    "ApiCall",
    "Bot",
    "Channel",
    "Envelope",
    "File",
    "GuideStep",
    "Mail",
    "Message",
    "Person",
    "PersonRefusal",
    "Playground",
    "Submission",
    "Timing",
    "User",
    "UserGroup",
    "View",
    "Workspace",
]
