"""`cd3 backtest` compares a file or a backlog, in JSON and words, or says why not."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.books.backlogs import Backlog, Backlogs
from app.books.database import Database
from app.books.mappings import Mappings
from app.books.migrating import migrate
from app.books.secrets import Sealer, find_keys
from app.books.sites import Site, Sites, SiteSecrets
from app.clock import now, today
from app.console.main import main
from app.demo.stage import US
from connectors.sandbox.app import create_sandbox
from connectors.sandbox.sample import sample, sample_backlog, sample_mapping
from connectors.sandbox.serving import in_thread
from scoring.item import Mode
from tests.gates import PATIENCE

CD3 = str(Path(sys.executable).with_name("cd3"))
# Each of 1, 2, 3, 4 with each of the ratios 0.5, 1, 1.5, 2, 2.5, twice; a row a day.
ROWS = "".join(
    f"{n % 4 + 1},{(n % 4 + 1) * (0.5 + n % 5 / 2)},1,4,{day.isoformat()}\n"
    for n, day in enumerate(date(2026, 1, 1) + timedelta(days=n) for n in range(40))
)
FILE = f"predicted,actual,low,high,finished\n{ROWS}0,1,,,\n"


@dataclass(frozen=True)
class Desk:
    """Runs the command in this process: it loads only once."""

    folder: Path
    capture: pytest.CaptureFixture[str]

    def run(self, *words: str, text: str = FILE) -> tuple[int, str, str]:
        file = self.folder / "done.csv"
        file.write_text(text, encoding="utf-8")
        with pytest.raises(SystemExit) as ended:
            main(["backtest", *(w.replace("FILE", str(file)) for w in words)])
        out, err = self.capture.readouterr()
        return int(ended.value.code or 0), out, err


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, capsys)


def test_a_file_as_json(desk: Desk) -> None:
    code, out, err = desk.run("--csv", "FILE", "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert (found["count"], found["not_compared"]) == (40, 1)
    assert found["gaps"] == [
        {"key": "row 42", "reason": "predicted 0 is not more than 0"}
    ]
    assert found["calibration"]["ratios"]["p50"] == 1.5
    assert found["calibration"]["within_25_percent"]["share"] == 0.2
    assert found["calibration"]["held"]["of"] == 40
    assert [one["name"] for one in found["classes"]] == [
        *("up to 1", "over 1 to 2", "over 2 to 3", "over 3")
    ]
    assert [one["calibration"]["count"] for one in found["classes"]] == [10] * 4
    assert found["range"] == {"low": 0.5, "high": 2.5, "count": 40}
    assert found["held_out"]["learned"] == 20
    assert found["held_out"]["held"]["share"] == 1.0


def test_what_was_learned_goes_to_a_file(desk: Desk) -> None:
    code, out, err = desk.run("--csv", "FILE", "--json", "--ranges", "FILE.json")
    file = desk.folder / "done.csv.json"
    assert (code, err) == (0, f"cd3: the ranges stand in {file}\n")
    learned = json.loads(file.read_bytes())
    assert learned == json.loads(out)["default_ranges"]
    assert learned["all"] == {"low": 0.5, "high": 2.5, "count": 40}
    assert [one.get("up_to") for one in learned["classes"]] == [1, 2, 3, None]
    assert f"40 finished rows of {desk.folder / 'done.csv'}" in learned["origin"]


def test_too_little_history_teaches_no_file(desk: Desk) -> None:
    text = "predicted,actual\n1,2\n"
    code, _, err = desk.run("--csv", "FILE", "--ranges", "FILE.json", text=text)
    assert code == 1
    assert "too few to learn ranges from" in err
    assert "9 are needed" in err
    assert not (desk.folder / "done.csv.json").exists()


def test_a_file_in_words(desk: Desk) -> None:
    code, out, err = desk.run("--csv", "FILE")
    assert (code, err) == (0, "")
    # By hand: of 1 four ratios end within 1 to 4, of 2 four, of 3 two, of 4 two.
    assert "Our 80 % ranges held 60 % (24 of 40; 95 %: 45 % to 74 %)" in out
    assert "; 2 ended below, 14 above." in out
    assert "learned from the 20 finished before 2026-01-21 held 100 %" in out
    assert "row 42: predicted 0 is not more than 0" in out
    assert out.splitlines()[0].split()[:3] == ["predicted", "items", "p10"]


def test_what_a_terminal_would_obey_is_shown_as_a_sign(desk: Desk) -> None:
    text = "key,predicted,actual,size\n\x1b[31mred,0,1,S\nA,1,1,\x1b[2J\n"
    _, out, _ = desk.run("--csv", "FILE", text=text)
    assert "\x1b" not in out


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ((), 2, "name a backlog or --csv FILE"),
        (("b1", "--csv", "FILE"), 2, "not both"),
        (("--csv", "FILE", "--by", "colour"), 2, "size or quartile"),
        (("--csv", "FILE.gone"), 2, "cannot be read"),
        (("--csv", "FILE", "--ranges", "no/where.json"), 2, "cannot be written"),
        (("b1", "--since", "soon"), 2, "365d or 26w"),
        (("b1", "--working-time", "--zone", "Moon/Base"), 2, "Europe/Oslo"),
    ],
)
def test_mistakes_end_with_a_hint(
    desk: Desk, words: tuple[str, ...], code: int, said: str
) -> None:
    ended, out, err = desk.run(*words)
    assert (ended, out) == (code, "")
    assert said in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("predicted\n1\n", 2, "column actual: missing"),
        ("predicted,actual\n", 1, "nothing could be compared"),
    ],
)
def test_files_that_say_nothing(desk: Desk, text: str, code: int, said: str) -> None:
    ended, out, err = desk.run("--csv", "FILE", "--json", text=text)
    assert ended == code
    assert said in err
    if code == 1:
        assert json.loads(out)["count"] == 0


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Office"]:
    """Books with the sample backlog, beside its site, really served."""
    folder = tmp_path_factory.mktemp("office")
    sandbox = create_sandbox(sample(today=today()))
    token = next(a.token for a in sandbox.state.accounts if a.email == US)
    with in_thread(sandbox) as url:
        office = Office(folder, url)
        office.keep(token)
        yield office


@dataclass(frozen=True)
class Office:
    """A folder with books, and the site that they know."""

    folder: Path
    url: str

    @property
    def database(self) -> str:
        return f"sqlite:///{self.folder / 'cd3.db'}"

    def keep(self, token: str) -> None:
        """Write site, backlog and mapping into the books."""
        wanted: dict[str, Any] = sample_backlog()
        database = Database(self.database)
        migrate(database)
        sites = Sites(Sealer(find_keys((), self.database)))
        site = Site("acme", "Acme", self.url, f"{self.url}/wiki", US, now())
        backlog = Backlog(
            *("harbour", "acme", "Harbour", wanted["jql"], Mode.MONEY, "EUR", now())
        )
        with database.writing() as session:
            sites.add(session, site, SiteSecrets(token))
            Backlogs().add(session, backlog)
            Backlogs().add(
                session,
                Backlog(*("bare", "acme", "Bare", "x = y"), Mode.MONEY, "EUR", now()),
            )
            Mappings().save(session, "harbour", sample_mapping(), by="test", now=now())
        database.close()

    @property
    def host(self) -> str:
        return self.url.removeprefix("http://")


@dataclass(frozen=True)
class Seat:
    """Runs the command in the office, in this process."""

    office: Office
    surroundings: pytest.MonkeyPatch
    capture: pytest.CaptureFixture[str]

    def run(self, *words: str, hosts: str = "") -> tuple[int, str, str]:
        self.surroundings.chdir(self.office.folder)
        self.surroundings.setenv("CD3_ALLOWED_HOSTS", hosts or self.office.host)
        with pytest.raises(SystemExit) as ended:
            main(["backtest", *words])
        out, err = self.capture.readouterr()
        assert "Traceback" not in err
        return int(ended.value.code or 0), out, err


@pytest.fixture
def seat(
    office: Office,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Seat:
    return Seat(office, monkeypatch, capsys)


def test_the_real_command(office: Office) -> None:
    done = subprocess.run(  # noqa: S603 - our own command
        [CD3, "backtest", "harbour"],
        cwd=office.folder,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(office.folder),
            "CD3_ALLOWED_HOSTS": office.host,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60 * PATIENCE,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == "cd3: left out of the JQL: statusCategory != Done\n"
    assert "actual in calendar weeks" in done.stdout


def test_a_backlog_of_a_real_site(seat: Seat) -> None:
    code, out, _ = seat.run("harbour", "--json")
    found = json.loads(out)
    assert (code, found["unit"]) == (0, "calendar weeks")
    assert found["count"] >= 25
    assert found["count"] + found["not_compared"] == _finished_in_the_sample()
    assert any("straight to Done" in gap["reason"] for gap in found["gaps"])
    assert found["held_out"]["learned"] >= 9
    origin = f"{found['count']} finished issues of the backlog harbour, in calendar wee"
    assert found["default_ranges"]["origin"].startswith(origin)


def test_in_working_time_it_is_another_figure(seat: Seat) -> None:
    # Whole weeks count the same either way; what is left over does not.
    _, out, _ = seat.run("harbour", "--json", "--working-time", "--zone", "Europe/Oslo")
    found = json.loads(out)
    assert found["unit"] == "weeks of working time"
    calendar = json.loads(seat.run("harbour", "--json")[1])
    assert found["count"] == calendar["count"]
    assert found["calibration"]["bias"] != calendar["calibration"]["bias"]


def _finished_in_the_sample() -> int:
    return sum(
        issue["status"] == "Done" and issue["key"].startswith("HARB-")
        for issue in sample()["issues"]
    )


def test_a_jql_of_ones_own_is_taken_as_it_is(seat: Seat) -> None:
    _, out, err = seat.run("harbour", "--json", "--jql", "key = HARB-20")
    found = json.loads(out)
    assert (found["count"], found["jql"], err) == (1, "key = HARB-20", "")
    assert found["range"] is None
    # Ten working days were predicted; how long it was In Progress, the sample says.
    (history,) = (i["history"] for i in sample()["issues"] if i["key"] == "HARB-20")
    begins, ends = (datetime.fromisoformat(change["at"]) for change in history)
    ratio = (ends - begins) / timedelta(weeks=1) / 2
    assert found["calibration"]["bias"] == pytest.approx(ratio)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("nobody",), 2, "known: bare, harbour"),
        (("bare",), 3, "bare has no mapping"),
        (("harbour", "--jql", "nonsense ="), 4, "search/jql"),
        (("harbour", "--jql", "key = HARB-12"), 1, "nothing could be compared"),
    ],
)
def test_what_cannot_be_done_says_why(
    seat: Seat, words: tuple[str, ...], code: int, said: str
) -> None:
    ended, _, err = seat.run(*words)
    assert ended == code, err
    assert said in err


def test_a_site_that_may_not_be_called(seat: Seat) -> None:
    code, _, err = seat.run("harbour", hosts="elsewhere.example")
    assert code == 4, err


def test_without_a_schema_it_says_which_command_makes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = Seat(Office(tmp_path, "http://127.0.0.1:1"), monkeypatch, capsys)
    code, _, err = nowhere.run("harbour")
    assert code == 3
    assert "cd3 migrate" in err
