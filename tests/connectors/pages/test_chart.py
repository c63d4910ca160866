"""The chart shows each order's delay cost, and its bytes stay the same."""

from dataclasses import replace

from connectors.pages.chart import draw
from connectors.pages.figures import Amounts
from connectors.pages.ranking import build_ranking
from scoring.item import Item
from scoring.piling import Pile, pile_up
from tests.connectors.pages.stock import TODAY, origin, summary


def pile(*order: tuple[float, float]) -> Pile:
    return pile_up([Item(f"K{n}", *one) for n, one in enumerate(order)], TODAY)


def test_the_same_figures_give_the_same_picture() -> None:
    orders = pile((900.0, 1.0), (50.0, 4.0)), pile((50.0, 4.0), (900.0, 1.0))
    first, again = (draw(*orders, Amounts("EUR")) for _ in range(2))
    assert first == again
    assert first.data.startswith(b"\x89PNG\r\n")
    assert b"matplotlib" not in first.data.lower()
    assert draw(*orders[::-1], Amounts("EUR")).data != first.data


def test_the_page_shows_it_when_asked() -> None:
    page = build_ranking(summary(), origin(), chart=True)
    (picture,) = page.attachments
    assert f'ri:filename="{picture.name}"' in page.body
    assert page.digest != build_ranking(summary(), origin()).digest


def test_there_is_no_picture_of_nothing() -> None:
    page = build_ranking(summary(given=[]), origin(), chart=True)
    assert page.attachments == ()
    assert "ac:image" not in page.body


def test_a_deadline_that_is_far_off_costs_nothing_in_the_picture_either() -> None:
    dated = summary()  # due in March, long after all of its weeks
    undated = replace(
        dated,
        rows=tuple(
            replace(row, item=replace(row.item, deadline=None)) for row in dated.rows
        ),
    )
    pictures = [
        build_ranking(one, origin(), chart=True).attachments for one in (dated, undated)
    ]
    assert pictures[0] != pictures[1]
