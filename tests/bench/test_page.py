"""The page of the benches: a bench that ran renews its section and no other."""

from bench.page import HEAD, read_sections, render, section

DAY = "2026-01-02"


def found(value: float) -> dict[str, object]:
    return {
        "seed": 1,
        "versions": {"numpy": "2"},
        "ratios": {"vs_sorted": value},
        "figures": {"rows": [{"size": 10, "seconds": 0.5}, {"size": 20_000}]},
    }


def of(name: str, value: float) -> str:
    return section(name, f"How {name}.", found(value), day=DAY, machine="two cores")


def test_one_section_is_renewed_and_the_others_stay() -> None:
    order = ("intake", "order")
    page = render({"order": of("order", 1.5), "intake": of("intake", 2.5)}, order)
    assert page.startswith(HEAD)
    assert page.index("How intake.") < page.index("How order.")
    renewed = render(read_sections(page) | {"order": of("order", 0.25)}, order)
    assert renewed == page.replace("vs sorted: 1.5", "vs sorted: 0.25")


def test_a_list_of_rows_is_a_table_and_what_a_row_lacks_is_empty() -> None:
    shown = of("order", 1.5)
    assert "`python -m bench.order`, seed 1; numpy 2." in shown
    assert f"{DAY}, two cores." in shown
    assert "| size | seconds |\n| --- | --- |\n| 10 | 0.5 |\n| 20,000 |  |" in shown


def test_a_bench_that_is_no_more_leaves_the_page() -> None:
    page = render({"gone": of("gone", 1), "order": of("order", 1)}, ("gone", "order"))
    assert "How gone." not in render(read_sections(page), ("order",))
