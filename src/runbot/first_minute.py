"""What somebody new does first with Runbot, as the steps that the playground's guide shows."""

from __future__ import annotations

from typing import Final

from runbot.playground.guide import GuideStep, Insert, Offers, Opened, Pressed, Shows
from runbot.surfaces.slack.views import drafts, home, launch

SUGGESTION: Final = (
    "@runbot Create a runbook called incident-response-database with these steps: "
    "1. Page the on-call engineer via send_email. "
    "2. Snapshot the database logs to the data store. "
    "3. Run a diagnostic web_fetch against /health. "
    "4. Post a status update to #incidents on Slack."
)
ANSWERS: Final = "1: oncall@example.com\nthe logs come from {url}/logs and the site is {url}"
SLOW_NAME: Final = "take-a-break"
SLOW: Final = (
    f"@runbot Create a runbook called {SLOW_NAME} with these steps: "
    "1. Wait for 5 minutes. "
    "2. Post a status update to #incidents on Slack."
)

_AGAIN: Final = "run.again"
# What a run's message offers while it goes on, and at its end.
_STARTED: Final = (Offers(home.PAUSE), Offers(home.ABORT), Offers(_AGAIN))

STEPS: Final = (
    GuideStep(
        name="write",
        title="Write a runbook",
        sentence="Say in plain English what is to be done, step by step. Press “Try this” above "
        "the message box in #general, then Enter.",
        done_when=(Offers(drafts.PUBLISH), Offers(drafts.RUN)),
        insert=Insert(SUGGESTION, channel="general"),
    ),
    GuideStep(
        name="answer",
        title="Answer what is still open",
        sentence="Runbot answered with a draft: under each step stands how it will be done. It "
        "never guesses an address, so it asks. Open the draft's thread and send the answers.",
        done_when=(Offers(drafts.PUBLISH, style="primary"), Offers(drafts.RUN)),
        insert=Insert(ANSWERS, thread_of="write"),
    ),
    GuideStep(
        name="publish",
        title="Press Publish",
        sentence="Nothing can run before somebody has read it and published it. Publishing fixes "
        "this version: later edits make a new one.",
        done_when=(Offers(drafts.RUN),),
        press=(drafts.PUBLISH,),
    ),
    GuideStep(
        name="run",
        title="Press Run, and confirm",
        sentence="The form shows once more what will be done. Its Run button starts it.",
        done_when=_STARTED,
        press=(drafts.RUN,),
        submit=launch.CALLBACK,
    ),
    GuideStep(
        name="watch",
        title="Watch it",
        sentence="One message shows each step turn from pending to running to complete. While it "
        "goes on, Pause and Abort stand under it; its thread is the log.",
        done_when=(Offers(_AGAIN), Pressed(home.PAUSE), Pressed(home.ABORT)),
    ),
    GuideStep(
        name="mail",
        title="Look into the mailbox",
        sentence="The first step really sent a mail. In this workspace all mail goes to one "
        "mailbox, in the sidebar, and never leaves this machine.",
        done_when=(Opened("mailbox"),),
        place="mailbox",
    ),
    GuideStep(
        name="slow",
        title="Write one that takes its time",
        sentence="That run was over quickly. This one waits, so that you can hold it. Send it in "
        "#general.",
        done_when=(Shows(SLOW_NAME), Pressed(home.PAUSE), Pressed(home.ABORT)),
        insert=Insert(SLOW, channel="general"),
    ),
    GuideStep(
        name="hold",
        title="Pause or abort it",
        sentence="Press Publish, Run, and then Pause or Abort under the run. Pause waits for the "
        "step that is under way; Abort ends the run at once.",
        done_when=(Pressed(home.PAUSE), Pressed(home.ABORT)),
        press=(home.ABORT, home.PAUSE, drafts.RUN, drafts.PUBLISH),
        submit=launch.CALLBACK,
    ),
    GuideStep(
        name="inspect",
        title="See what passed",
        sentence="The inspector, in the sidebar, shows each request and answer between Slack and "
        "Runbot, and what came of each click.",
        done_when=(Opened("inspector"),),
        place="inspector",
    ),
)
