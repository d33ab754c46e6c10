"""runbot.toml: read as it is meant, or refused with each thing that is wrong with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from runbot.check.configuration import configuration
from runbot.config import Config, read
from runbot.domain.access import Role
from runbot.domain.errors import InvalidInput
from runbot.settings import Settings


def written(folder: Path, text: str) -> Path:
    path = folder / "runbot.toml"
    path.write_text(text)
    return path


def test_without_a_file_nothing_is_configured(tmp_path: Path) -> None:
    assert read(None) == Config()
    assert read(written(tmp_path, "")) == Config()


def test_roles_name_principals(tmp_path: Path) -> None:
    said = '[roles]\nadmin = ["admins"]\neditor = ["S0SRE", "U0BEN"]\nrunner = ["everyone"]\n'
    found = read(written(tmp_path, said))
    assert found.roles is not None
    assert found.roles.assigned == {
        Role.VIEWER: (),
        Role.RUNNER: ("everyone",),
        Role.EDITOR: ("S0SRE", "U0BEN"),
        Role.APPROVER: (),
        Role.ADMIN: ("admins",),
    }


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[roles\n", "is not TOML"),
        ("[rules]\n", "rules: there is no such setting."),
        ('[roles]\nowner = ["admins"]\n', "roles.owner: there is no such setting."),
        ('[roles]\neditor = ["ben"]\n', "roles.editor.0: 'ben' names nobody"),
        ('[roles]\neditor = ["role:admin"]\n', "names nobody"),
        ('[roles]\neditor = "U0BEN"\n', "roles.editor: it is to be a list"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_taken(
    tmp_path: Path, text: str, sentence: str
) -> None:
    with pytest.raises(InvalidInput) as wrong:
        read(written(tmp_path, text))
    assert sentence in wrong.value.sentence


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="No such file"):
        read(tmp_path / "missing.toml")


def test_the_check_says_what_the_file_gives_and_what_is_wrong_with_it(tmp_path: Path) -> None:
    def said(text: str) -> list[tuple[bool, str]]:
        path = written(tmp_path, text)
        found = configuration(Settings(_env_file=None, config=path))
        return [(one.ok, one.sentence.replace(str(path), "it")) for one in found]

    assert configuration(Settings(_env_file=None)) == []
    assert said('[roles]\neditor = ["S0SRE"]\n') == [(True, "it gives 1 role.")]
    assert said("") == [(True, "it can be used; it gives no roles.")]
    [(ok, sentence)] = said("[rules]\n")
    assert not ok
    assert "rules: there is no such setting." in sentence
