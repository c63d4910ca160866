"""The image's steps are what we run elsewhere, and it runs as nobody special.

No engine builds images here: the steps themselves are run by `make setup` and by the
test of the wheel; this holds the rest of the file to its promises.
"""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
LINES = (ROOT / "Dockerfile").read_text().splitlines()


def instructions(word: str) -> list[str]:
    return [line.partition(" ")[2] for line in LINES if line.startswith(word + " ")]


def test_it_runs_as_an_ordinary_user() -> None:
    assert instructions("USER") == ["10001"]
    assert LINES.index("USER 10001") < LINES.index('ENTRYPOINT ["cd3"]')


def test_the_base_is_pinned_and_old_enough_for_the_lock() -> None:
    bases = [line.split()[0] for line in instructions("FROM")]
    assert all(re.fullmatch(r"python:3\.11\.\d+-slim-\w+", base) for base in bases)


def test_all_that_is_installed_comes_from_a_lock_or_is_ours() -> None:
    text = "\n".join(LINES)
    installs = re.findall(r"pip install (.*?)(?: \\|$)", text, re.MULTILINE)
    assert len(installs) == 3
    for install in installs:
        assert "--require-hashes -r requirements" in install or "cd3-*.whl" in install


def test_what_is_copied_from_the_tree_exists() -> None:
    for copy in instructions("COPY"):
        if not copy.startswith("--from"):
            assert all((ROOT / name).exists() for name in copy.split()[:-1])


def test_no_secret_and_no_address_is_in_it() -> None:
    text = "\n".join(LINES)
    assert "CD3_SECRET_KEY" not in text
    assert not re.search(r"https://|[-]index-url|ADD ", text)
