"""A command that cannot go on ends with one line, a hint and the code that fits."""

import pytest

from app.console import serve
from app.console.main import end_with, main
from app.console.trouble import CommandError
from app.errors import AppError
from app.settings import Settings
from connectors.errors import ForbiddenError, UnreachableError


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (CommandError("the sheet is empty", hint="add a row"), 2),
        (CommandError("a check failed", code=1), 1),
        (AppError("the address is wrong"), 3),
        (UnreachableError("harbour.example does not answer"), 4),
        (ForbiddenError("harbour.example said no", 403), 4),
        (KeyError("surprise"), 1),
    ],
)
def test_each_kind_of_error_has_its_code(
    error: Exception, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert end_with(error) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("cd3: ")
    assert str(error.args[0]) in err


def test_the_hint_stands_under_the_line(capsys: pytest.CaptureFixture[str]) -> None:
    end_with(CommandError("the sheet is empty", hint="add a row"))
    assert capsys.readouterr().err == "cd3: the sheet is empty\n     add a row\n"


def test_help_tells_the_defaults_that_the_settings_have() -> None:
    told = {"host": serve.HOST, "port": serve.PORT}
    fields = Settings.model_fields
    assert told == {name: str(fields[name].default) for name in told}


def test_no_command_at_all_is_a_matter_of_usage() -> None:
    with pytest.raises(SystemExit) as ended:
        main([])
    assert ended.value.code == 2
