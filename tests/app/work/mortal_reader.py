"""Lives of a worker that reads deliveries, and dies of those of a site named poison.

For each line `URL LIVES` on stdin it lives so many times at most, until nothing waits,
and prints how many lives that took; each is a process of its own. On PostgreSQL each
has a name of its own, as in the product.
"""

import os
import secrets
import signal
import sys
from datetime import timedelta

from app import clock
from app.books.database import Database
from app.books.deliveries import Deliveries
from app.books.echoes import Echoes
from app.books.marks import Marks
from app.books.readers import Reader
from app.books.workers import Workers
from app.work.concern import Watch
from app.work.intake import Intake, SiteView

VIEW = SiteView("", frozenset(), [Watch("one", keys=frozenset(), ranked=False)])


def view(site: str, _names: object) -> SiteView:
    """Know a site, or die."""
    if site == "poison":
        os.kill(os.getpid(), signal.SIGKILL)
    return VIEW


def live(url: str, name: str) -> None:
    """Read until nothing waits."""
    books = Database(url)
    Workers(books, timedelta(minutes=1)).begin(name)
    deliveries = Deliveries(books)
    reader = Reader(books, deliveries, name)
    intake = Intake(books, deliveries, Echoes(books), Marks(books), view, reader)
    while deliveries.any_waiting():
        intake.read(now=clock.now(), limit=20)


def lives(url: str, most: int) -> int:
    """Live again after each death, so many times at most."""
    for life in range(1, most + 1):
        child = os.fork()
        if child == 0:
            live(url, "cd3" if url.startswith("sqlite") else secrets.token_hex(4))
            os._exit(0)
        if os.waitpid(child, 0)[1] == 0:
            return life
    return most


if __name__ == "__main__":
    for line in sys.stdin:
        books_url, most_lives = line.split()
        sys.stdout.write(f"{lives(books_url, int(most_lives))}\n")
        sys.stdout.flush()
