"""Which steps people have to agree to, and to what exactly they agree.

A step's own approval may ask for more than the workspace's policy does, never for less.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Final

from pydantic import BaseModel, ConfigDict, JsonValue

from runbot.domain.conduct import Approval
from runbot.domain.runbook import AgentPlan, Step, ToolPlan

UNKNOWN_RISK: Final = "unknown"
APPROVERS: Final = "role:approver"
ASKED_FOR: Final = "the runbook asks for it"


class ApprovalPolicy(BaseModel):
    """What is always approved in a workspace: steps whose tool is of one of these risks.

    A tool that says no risk is `unknown`, and so is one that isn't installed. The rest is as
    in `Approval`.
    """

    model_config = ConfigDict(frozen=True)

    risks: tuple[str, ...] = ("destructive", UNKNOWN_RISK)
    who: tuple[str, ...] = (APPROVERS,)
    count: int = 1
    four_eyes: bool = True
    expires: float = 24 * 3600
    channel: str = ""

    @property
    def approval(self) -> Approval:
        """What it asks for."""
        return Approval(
            who=self.who,
            count=self.count,
            four_eyes=self.four_eyes,
            expires=self.expires,
            channel=self.channel,
        )


NO_POLICY: Final = ApprovalPolicy(risks=())


class Demand(BaseModel):
    """An approval that a step needs, and why in a few words."""

    model_config = ConfigDict(frozen=True)

    approval: Approval
    why: str


def demanded(step: Step, policy: ApprovalPolicy, risks: Mapping[str, str]) -> Demand | None:
    """What has to be agreed to before this step, or None; `risks` are those of tools, by name."""
    ruled = _ruled(step, policy, risks)
    if step.approval is None:
        return Demand(approval=policy.approval, why=ruled) if ruled else None
    if not ruled:
        return Demand(approval=step.approval, why=ASKED_FOR)
    return Demand(
        approval=_stricter(step.approval, policy.approval), why=f"{ASKED_FOR}, and {ruled}"
    )


def _ruled(step: Step, policy: ApprovalPolicy, risks: Mapping[str, str]) -> str:
    """Why the policy has this step approved; empty where it doesn't."""
    match step.plan:
        case ToolPlan() as plan:
            risk = risks.get(plan.tool, UNKNOWN_RISK)
            what = "is of unknown risk" if risk == UNKNOWN_RISK else f"is {_RISKS.get(risk, risk)}"
            return f"{plan.tool} {what}" if risk in policy.risks else ""
        case AgentPlan():
            return "an agent chooses what to do" if UNKNOWN_RISK in policy.risks else ""
        case _:
            return ""  # people decide by doing it, and another runbook's steps ask for themselves


_RISKS: Final = {"write": "a tool that changes something", "read": "a tool that reads"}


def _stricter(own: Approval, ruled: Approval) -> Approval:
    return Approval(
        who=own.who or ruled.who,
        within=_within(own, ruled),
        count=max(own.count, ruled.count),
        four_eyes=own.four_eyes or ruled.four_eyes,
        expires=min(own.expires, ruled.expires),
        channel=own.channel or ruled.channel,
    )


def _within(own: Approval, ruled: Approval) -> tuple[str, ...]:
    """Whom the policy keeps a step's own choice to; whoever has the right at all is needless."""
    return ruled.who if own.who and APPROVERS not in ruled.who else ()


def digest(executor: str, arguments: Mapping[str, JsonValue]) -> str:
    """What an approval is bound to: the tool and every argument, the same for the same action."""
    action = json.dumps([executor, dict(arguments)], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(action.encode()).hexdigest()
