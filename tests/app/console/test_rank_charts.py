"""`cd3 rank --chart`: a picture of both orders, and of where each row may stand."""

from pathlib import Path

import pytest

from tests.app.console.desk import HEAD, RANGES, THREE, UNSURE, Desk


@pytest.mark.parametrize("text", [THREE, UNSURE], ids=["one panel", "ranks too"])
def test_a_chart_is_drawn_the_same_every_time(
    desk: Desk, tmp_path: Path, text: str
) -> None:
    pictures = []
    for name in ("one.png", "two.PNG"):
        path = tmp_path / name
        code, out, _ = desk.run("rank", desk.write(text), "--chart", str(path))
        assert code == 0
        assert "Saved" in out
        pictures.append(path.read_bytes())
    assert pictures[0] == pictures[1]
    assert pictures[0].startswith(b"\x89PNG\r\n")
    height = int.from_bytes(pictures[0][20:24])
    assert (height > 600) == (text == UNSURE)


def test_a_chart_that_cannot_be_written_leaves_nothing_on_stdout(
    desk: Desk, tmp_path: Path
) -> None:
    folder = tmp_path / "out.png"
    folder.mkdir()
    code, out, err = desk.run("rank", desk.write(THREE), "--chart", str(folder))
    assert (code, out) == (2, "")
    assert "cannot be written" in err


def test_nothing_is_drawn_of_nothing(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "out.png"
    code, _, err = desk.run("rank", desk.write(f"{HEAD}\n"), "--chart", str(path))
    assert code == 0
    assert "nothing to draw" in err
    assert not path.exists()


def test_strange_keys_are_drawn_and_told_as_they_are(
    desk: Desk, tmp_path: Path
) -> None:
    key = r"$\frac:" + "x" * 90
    text = f"{HEAD},{RANGES}\n{key},3,1,1,2,,\n"
    path = tmp_path / "out.png"
    asked = ("--what-if", f"{key}:duration=2", "--chart", str(path))
    code, out, _ = desk.run("rank", desk.write(text), *asked)
    assert code == 0
    assert f"What if {key} had duration 2" in out
    assert path.exists()
