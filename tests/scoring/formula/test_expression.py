"""A formula holds arithmetic over names and nothing else, whatever is tried."""

import time
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.formula.expression import (
    USED,
    Binary,
    Expression,
    ExpressionError,
    Name,
    Number,
    is_free,
    names_in,
    read_expression,
)
from tests.gates import gate

ATTACKS = {
    "an import": "__import__('os').system('id')",
    "an attribute": "a.real",
    "a class by its attribute": "a.__class__.__mro__",
    "a dunder name": "__builtins__",
    "an f-string": "f'{a.__class__}'",
    "a string": "'a' * 9",
    "bytes": "b'a'",
    "a lambda": "(lambda: 1)()",
    "a generator": "max(x for x in a)",
    "a list comprehension": "[x for x in a]",
    "a subscript": "a[0]",
    "a power": "a ** 2",
    "a huge power": "9**9**9**9",
    "a whole division": "a // 2",
    "a remainder": "a % 2",
    "a shift": "1 << 999999999",
    "a walrus": "(a := 3)",
    "a comparison": "a < 2",
    "a chain of conditions": "a if a else a",
    "a truth value": "True + a",
    "nothing": "None",
    "and": "a and a",
    "not": "not a",
    "a tuple": "a, a",
    "an empty tuple": "()",
    "a dictionary": "{1: a}",
    "an unknown call": "pow(a, 2)",
    "a call of a call": "min(a, 2)(3)",
    "a named argument": "max(a, 2, key=a)",
    "a starred argument": "max(*a, 2)",
    "the least of one": "min(a)",
    "the least of none": "min()",
    "min itself": "min",
    "another min": "min + 1",
    "await": "await a",
    "yield": "(yield a)",
    "an imaginary number": "2j * a",
    "a hexadecimal number": "0xff",
    "a parted number": "1_000",
    "a number grown into a word": "1if 2else 3",
    "leading zeros": "007 + a",
    "infinity by size": "1e999",
    "a whole number of 400 digits": "9" * 400,
    "infinity worked out": "1e308 * 10 + a",
    "not a number worked out": "1e308 * 10 - 1e308 * 10",
    "a division by nothing": "a / 0",
    "a division by nothing worked out": "a / (2 - 2)",
    "a plus before": "+a",
    "a tilde": "~a",
    "a comment": "a # b",
    "two lines": "a\nimport os",
    "a semicolon": "a; a",
    "a null": "a\0",
    "another alphabet": "аbc",  # noqa: RUF001 a Cyrillic letter is the attack
    "a full-width name": "ａ",  # noqa: RUF001 Python would read it as the plain one
    "brackets in brackets": "(" * 200 + "a" + ")" * 200,
    "open brackets": "(" * 499,
    "many signs": "-" * 499 + "a",
    "a long chain": "a+" * 249 + "a",
    "min in min": "min(a," * 80 + "a" + ")" * 80,
    "too many nodes": "+".join(["(a*a*a*a*a)"] * 12),
    "too long": " " * 10 + "a+" * 300 + "a",
    "an open end": "a +",
    "two names": "a a",
}


@pytest.mark.parametrize("text", ATTACKS.values(), ids=ATTACKS.keys())
def test_what_is_no_arithmetic_is_refused_at_once(text: str) -> None:
    started = time.perf_counter()
    with pytest.raises(ExpressionError) as refused:
        read_expression(text)
    assert time.perf_counter() - started < gate(0.5, loosely=5)
    assert 1 <= refused.value.column <= 501
    assert refused.value.reason


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("a + $", 5),
        ("  a + b.c", 6),
        ("a + b ** 2", 7),
        ("(a) // (b)", 5),
        ("a * (b + True)", 10),
        ("a + 1 / (3 - 3)", 7),
        ("a + open(b)", 5),
        ("a b", 3),
        ("a + min(b)", 5),
        ("(a + 1e300 * 1e300)", 6),
    ],
)
def test_a_refusal_points_to_its_column(text: str, column: int) -> None:
    with pytest.raises(ExpressionError, match=f"^column {column}: "):
        read_expression(text)


def test_up_to_the_limits_a_formula_is_read() -> None:
    read_expression("(" * 20 + "a" + ")" * 20)
    read_expression("+".join("a" * 20))  # 19 signs: 20 steps deep
    with pytest.raises(ExpressionError, match="steps deep"):
        read_expression("+".join("a" * 21))
    fifty = "+".join(["(a+a+a+a+a)"] * 10)  # fifty names and 49 signs
    read_expression(f"-({fifty})")
    with pytest.raises(ExpressionError, match="more than 100 "):
        read_expression(f"-(-({fifty}))")
    longest = "a+" + " " * 497 + "a"
    assert len(read_expression(longest).text) == 500
    with pytest.raises(ExpressionError, match="longer than 500 "):
        read_expression(f"{longest}a")


def test_the_tree_follows_the_rules_of_arithmetic() -> None:
    root = read_expression("a - b * c - d").root
    assert isinstance(root, Binary)
    assert (root.sign, root.at) == ("-", 10)
    assert root.right == Name(12, 13, "d")
    assert isinstance(root.left, Binary)
    assert isinstance(root.left.right, Binary)
    assert root.left.right.sign == "*"


def test_numbers_among_themselves_are_worked_out() -> None:
    for text, value in (
        ("2 + 3 * 4", 14.0),
        ("-(1 / 4)", -0.25),
        ("max(1, 2, min(9, 3))", 3.0),
        (".5e1 - 1.", 4.0),
    ):
        root = read_expression(text).root
        assert isinstance(root, Number)
        assert root.value == value


def test_a_formula_over_two_lines_keeps_its_columns() -> None:
    read = read_expression(" (a +\n\tb) ")
    assert read.text == "(a +  b)"
    assert names_in(read) == {"a", "b"}


def test_names_are_found_wherever_they_stand() -> None:
    read = read_expression("-a + max(b, c / (d * 2), 1e3)")
    assert names_in(read) == {"a", "b", "c", "d"}


def test_names_are_told_from_the_letters_of_numbers() -> None:
    text = "-a1 +  max(b, 1e3, 1.e3)/.5E1*E1"
    assert USED.findall(text) == ["a1", "max", "b", "E1"]
    assert names_in(read_expression(text)) == {"a1", "b", "E1"}


def test_an_input_may_have_a_plain_name_only() -> None:
    assert all(map(is_free, ("a", "Revenue_2", "matched", "week")))
    taken = ("min", "max", "if", "None", "lambda", "_a", "__a__", "2a", "a-b", "ä", "")
    assert not any(map(is_free, taken))


@given(st.text("ab01.e+-*/(), minax_[]{}'\"=<:\n\t\\", max_size=60) | st.text())
def test_any_text_is_a_formula_or_a_refusal(text: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            read = read_expression(text)
        except ExpressionError as error:
            assert error.column >= 1  # noqa: PT017 whether it raises is not known beforehand
        else:
            assert isinstance(read, Expression)
            assert read_expression(read.text) == read
