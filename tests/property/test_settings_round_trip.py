"""What is written of settings is read back the same, whatever is set."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from runbot.agent.rules import conducting, settings
from runbot.agent.rules.amounts import seconds, spoken
from runbot.agent.rules.authoring import Request, read_request
from runbot.agent.rules.replanning import replan
from runbot.agent.rules.settings import StepSettings, joined, split
from runbot.domain.conduct import Approval, Conduct, Overlap
from runbot.domain.runbook import OnFailure

PEOPLE = st.from_regex(r"[US][A-Z0-9]{2,10}", fullmatch=True)
CHANNELS = st.from_regex(r"[CG][A-Z0-9]{2,10}", fullmatch=True)
ROLES = st.sampled_from(("admins", "everyone", "role:approver", "role:viewer"))
SPANS = st.integers(1, 30 * 24 * 3600).map(float) | st.sampled_from((0.5, 1.25, 90.75))
WHO = st.lists(PEOPLE | ROLES | CHANNELS, max_size=5, unique=True).map(tuple)
APPROVALS = st.builds(
    Approval,
    who=WHO,
    count=st.integers(1, 5),
    four_eyes=st.booleans(),
    expires=SPANS,
    channel=st.just("") | CHANNELS,
)
SETTINGS = st.builds(
    StepSettings,
    timeout=st.none() | SPANS,
    retries=st.integers(0, 10),
    backoff=st.just(1.0) | SPANS,
    on_failure=st.sampled_from(OnFailure),
    approval=st.none() | APPROVALS,
    assignee=st.none() | PEOPLE | st.just("{{oncall}}"),
    due=st.none() | SPANS,
)
CONDUCTS = st.builds(
    Conduct,
    overlap=st.sampled_from(Overlap),
    locks=st.lists(
        # "locks: none" takes all of them away, and "and" joins two.
        st.from_regex(r"[a-z0-9]([a-z0-9._-]{0,8}[a-z0-9])?", fullmatch=True).filter(
            lambda name: name not in {"none", "nothing", "and"}
        ),
        max_size=4,
        unique=True,
    ).map(tuple),
    timeout=st.none() | SPANS,
    runners=WHO,
    channels=st.lists(CHANNELS, max_size=3, unique=True).map(tuple),
)
WORDS = st.text(st.sampled_from("abc DEF.,;:[](){}<>@#0129'\"\n-"), min_size=1, max_size=60)


@given(SPANS)
def test_a_duration_is_read_as_it_was_written(span: float) -> None:
    assert seconds(spoken(span)) == span


@given(SETTINGS)
def test_a_bracket_is_read_as_it_was_written(chosen: StepSettings) -> None:
    words = settings.words(chosen)

    assert split(joined("Do it", words)) == ("Do it", words)
    assert settings.read(words, {}) == chosen


@given(CONDUCTS)
@example(Conduct(locks=("0", "a"), timeout=1.0))
def test_a_runbooks_settings_are_read_as_they_were_written(conduct: Conduct) -> None:
    assert conducting.read("\n".join(conducting.phrases(conduct)), {}) == conduct
    assert conducting.read("; ".join(conducting.phrases(conduct)), {}) == conduct


@given(WORDS)
def test_whatever_people_write_is_read_or_refused_with_a_sentence(text: str) -> None:
    refused = []
    for read in (lambda said: settings.read(said, {}), lambda said: conducting.read(said, {})):
        try:
            read(text)
        except ValueError as wrong:
            refused.append(str(wrong))

    assert all(sentence.endswith((".", "?")) for sentence in refused)


@given(WORDS)
def test_what_has_no_settings_is_left_as_it_is(text: str) -> None:
    words, said = split(text)

    assert said or words == text


@given(st.lists(SETTINGS, min_size=1, max_size=4))
def test_settings_come_through_a_request_and_a_new_planning(every: list[StepSettings]) -> None:
    lines = [joined(f"Look at part {chr(97 + n)}", settings.words(s)) for n, s in enumerate(every)]
    listed = "\n".join(f"{number}. {line}" for number, line in enumerate(lines, 1))
    request = read_request(f"create a runbook called x with these steps:\n{listed}")
    assert isinstance(request, Request)

    content = replan(None, "", request.parameters, request.instructions)
    again = replan(content, "", content.parameters, tuple(map(settings.written, content.steps)))

    assert [settings.settings_of(step) for step in content.steps] == every
    assert again == content
