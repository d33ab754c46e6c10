"""The verbs that steps begin with, and their forms."""

from __future__ import annotations

from typing import Final

# Hardly ever anything but an instruction: "… and notify …" is a second one.
_CLEAR: Final = """
    acknowledge add allow announce append apply approve ask assign attach avoid begin bring call
    cancel choose clean clear click close collect compare complete compile compress configure
    confirm connect continue convert cordon create decrease define delete deploy describe detach
    determine disable disconnect download drain drop edit email enable ensure enter escalate
    evaluate examine execute expand export extract fetch fill find fix follow gather generate get
    give go grant identify ignore import increase inform inspect install investigate invite
    isolate join keep kill launch let log-in look make merge migrate mount move navigate notify
    obtain open page paste pause perform pick place post prepare press provide provision publish
    purge push put reach read rebase reboot rebuild reconnect record recreate redeploy reduce
    reinstall reload remind remove rename repair repeat replace reply reproduce request reset
    resize resolve respond restart restore resume retrieve retry return revert review revoke roll
    rollback rotate run save scale schedule select send set share shut sign skip snapshot spin
    stop store submit subscribe suspend switch sync tag tail take tell terminate toggle transfer
    trigger turn unblock uncordon uninstall unlock unmount update upgrade upload use validate
    verify view visit wait warn withdraw write
""".split()  # noqa: SIM905 - so many words read better as words
# Nouns as often as verbs: an instruction only where an object follows ("and check the logs").
_NOUNS_TOO: Final = frozenset(
    """
    access address alert archive audit back backup balance block book boot build call capture
    change charge check claim click commit contact control copy cost count debug document dump
    email exit export file filter flag flush force format freeze grant import increase issue join
    kill label list load lock log look mail mark match measure merge message monitor mount move
    name need note open order page patch pause pick pin ping place plan point poll post power
    press prune pull push query queue range rate read record reload report request reset restart
    restore resume return review rollback route run sample save scale scan schedule search set
    share shift show sign silence snapshot sort spin split stage start state stop store stress
    submit support switch sync tag tail test time trace track transfer trigger turn update
    upgrade upload use view visit watch work write
    """.split()  # noqa: SIM905 - see above
)
VERBS: Final = frozenset(_CLEAR) | _NOUNS_TOO
CLEAR: Final = frozenset(_CLEAR) - _NOUNS_TOO
_IRREGULAR: Final = {
    "begin": "begun",
    "bring": "brought",
    "choose": "chosen",
    "find": "found",
    "freeze": "frozen",
    "get": "got",
    "give": "given",
    "go": "gone",
    "keep": "kept",
    "make": "made",
    "put": "put",
    "read": "read",
    "run": "run",
    "send": "sent",
    "set": "set",
    "shut": "shut",
    "spin": "spun",
    "split": "split",
    "take": "taken",
    "tell": "told",
    "withdraw": "withdrawn",
    "write": "written",
}
_DOUBLED: Final = frozenset(
    {"commit", "drop", "flag", "get", "let", "log", "pin", "plan", "put", "run", "set", "shut"}
    | {"spin", "split", "stop", "submit", "tag", "transfer"}
)


def _stem(verb: str) -> str:
    return verb + verb[-1] if verb in _DOUBLED else verb.removesuffix("e")


def _participle(verb: str) -> str:
    if verb in _IRREGULAR:
        return _IRREGULAR[verb]
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return f"{verb[:-1]}ied"
    return f"{_stem(verb)}ed"


def _third_person(verb: str) -> str:
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return f"{verb[:-1]}ies"
    return f"{verb}es" if verb.endswith(("s", "sh", "ch", "x", "o")) else f"{verb}s"


PARTICIPLES: Final = {_participle(verb): verb for verb in sorted(VERBS)}
GERUNDS: Final = {f"{_stem(verb)}ing": verb for verb in sorted(VERBS)}
THIRD_PERSONS: Final = {_third_person(verb): verb for verb in sorted(VERBS)}
