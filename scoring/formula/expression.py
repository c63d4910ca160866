"""A formula's text to a tree of arithmetic over named inputs, and nothing else.

The text is cut into numbers, names and signs before Python's parser sees it, and its
tree is rebuilt node by node from a short list of what may stand there. Nothing is ever
compiled or run. Calculations among numbers alone are done at once, so that `1e308 * 10`
and `x / (2 - 2)` are refused when they are written, not when they are used.
"""

import ast
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from keyword import iskeyword
from typing import Final, Literal, TypeAlias, cast

LONGEST: Final = 500
MOST_NODES: Final = 100
DEEPEST: Final = 20

Sign: TypeAlias = Literal["+", "-", "*", "/"]
Which: TypeAlias = Literal["min", "max"]

NAME: Final = re.compile(r"[A-Za-z]\w*", re.ASCII)
USED: Final = re.compile(rf"(?<![\w.]){NAME.pattern}", re.ASCII)  # not that of 1e3
TOKEN: Final = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(?![\w.])"
    rf"|(?P<name>{NAME.pattern})|(?P<sign>[-+*/(),]))",
    re.ASCII,
)
BLANKS: Final = str.maketrans("\t\n\r\f\v", "     ")
SIGNS: Final[dict[type[ast.operator], Sign]] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
}
ALLOWED: Final = "only numbers, inputs, + - * /, min(…), max(…) and brackets may stand"


class ExpressionError(ValueError):
    """The formula cannot be used; `column` (from 1) says where, `reason` why."""

    def __init__(self, column: int, reason: str) -> None:
        super().__init__(f"column {column}: {reason}")
        self.column = column
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Number:
    """A number, written or worked out from written ones."""

    start: int
    end: int
    value: float


@dataclass(frozen=True, slots=True)
class Name:
    """An input, or a length of time."""

    start: int
    end: int
    name: str


@dataclass(frozen=True, slots=True)
class Negative:
    """The opposite of what follows."""

    start: int
    end: int
    of: "Node"


@dataclass(frozen=True, slots=True)
class Binary:
    """Two sides and the sign between them, which stands `at` (from 0) in the text."""

    start: int
    end: int
    sign: Sign
    at: int
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Pick:
    """The least or the most of several."""

    start: int
    end: int
    which: Which
    parts: tuple["Node", ...]


Node: TypeAlias = Number | Name | Negative | Binary | Pick


@dataclass(frozen=True, slots=True)
class Expression:
    """A formula as it was written, and its tree."""

    text: str
    root: Node

    def told(self, node: Node) -> str:
        """Give the text that a node was read from."""
        return self.text[node.start : node.end]


def is_free(name: str) -> bool:
    """Tell whether an input may have this name, as far as Python's words go."""
    fit = NAME.fullmatch(name) is not None
    return fit and name not in {"min", "max"} and not iskeyword(name)


def read_expression(text: str) -> Expression:
    """Read a formula, or raise `ExpressionError` at the first column that is wrong."""
    flat = text.translate(BLANKS).strip()
    if len(flat) > LONGEST:
        raise ExpressionError(LONGEST + 1, f"is longer than {LONGEST} characters")
    _check_signs(flat)
    try:
        tree = ast.parse(flat, mode="eval")
    except SyntaxError as error:
        raise ExpressionError(error.offset or 1, "cannot be read from here") from error
    except (ValueError, MemoryError, RecursionError) as error:
        raise ExpressionError(1, "cannot be read: make it simpler") from error
    return Expression(flat, _Builder(flat).build(tree.body, 1))


def names_in(expression: Expression) -> frozenset[str]:
    """Give every name that a formula uses."""
    names = set()
    nodes = [expression.root]
    while nodes:
        node = nodes.pop()
        match node:
            case Name():
                names.add(node.name)
            case Negative():
                nodes.append(node.of)
            case Binary():
                nodes += (node.left, node.right)
            case Pick():
                nodes += node.parts
            case Number():
                pass
    return frozenset(names)


def _check_signs(text: str) -> None:
    """Refuse what is no number, name or sign, and brackets in too many brackets."""
    at = deep = 0
    while at < len(text):
        found = TOKEN.match(text, at)
        if found is None:
            column = at + len(text[at:]) - len(text[at:].lstrip()) + 1
            raise ExpressionError(column, f"cannot be read from here: {ALLOWED} here")
        at = found.end()
        deep += {"(": 1, ")": -1}.get(found["sign"] or "", 0)
        if deep > DEEPEST:
            raise ExpressionError(at, f"has brackets more than {DEEPEST} deep")


class _Builder:
    """Rebuilds Python's tree as ours, counting nodes."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._count = 0

    def build(self, node: ast.expr, depth: int) -> Node:
        """Rebuild one node, or refuse it."""
        self._count += 1
        if self._count > MOST_NODES:
            raise _refusal(node, f"has more than {MOST_NODES} numbers, names and signs")
        if depth > DEEPEST:
            told = f"is more than {DEEPEST} steps deep: use brackets, (a + b) + (c + d)"
            raise _refusal(node, told)
        match node:
            case ast.Constant():
                return _number(node)
            case ast.Name(id=name):
                return _name(node, name)
            case ast.UnaryOp(op=ast.USub()):
                return self._negative(node, depth)
            case ast.BinOp():
                return self._binary(node, depth)
            case ast.Call(func=ast.Name(id="min" | "max" as which), keywords=[]):
                return self._pick(node, which, depth)
            case _:
                raise _refusal(node, f"is not allowed: {ALLOWED} here")

    def _negative(self, node: ast.UnaryOp, depth: int) -> Node:
        of = self.build(node.operand, depth + 1)
        start, end = _place(node)
        if isinstance(of, Number):
            return Number(start, end, -of.value)
        return Negative(start, end, of)

    def _binary(self, node: ast.BinOp, depth: int) -> Node:
        left = self.build(node.left, depth + 1)
        right = self.build(node.right, depth + 1)
        start, end = _place(node)
        at = self._after(node.left)
        sign = SIGNS.get(type(node.op))
        if sign is None:
            told = f"has a sign that is not allowed: {ALLOWED} here"
            raise ExpressionError(at + 1, told)
        if sign == "/" and isinstance(right, Number) and right.value == 0:
            raise ExpressionError(at + 1, "divides by 0")
        if isinstance(left, Number) and isinstance(right, Number):
            return _finite(node, calculate(sign, left.value, right.value))
        return Binary(start, end, sign, at, left, right)

    def _after(self, node: ast.expr) -> int:
        """Find the sign after a node: only brackets and blanks stand before it."""
        end = _place(node)[1]
        rest = self._text[end:]
        return end + len(rest) - len(rest.lstrip(" )"))

    def _pick(self, node: ast.Call, which: Which, depth: int) -> Node:
        parts = tuple(self.build(arg, depth + 1) for arg in node.args)
        if len(parts) < 2:  # noqa: PLR2004 the least of one is no choice
            raise _refusal(node, f"needs two parts or more: {which}(a, b)")
        start, end = _place(node)
        numbers = [part.value for part in parts if isinstance(part, Number)]
        if len(numbers) == len(parts):
            return Number(start, end, pick(which, numbers))
        return Pick(start, end, which, parts)


def calculate(sign: Sign, left: float, right: float) -> float:
    """Work out two numbers; a division by 0 is a ZeroDivisionError."""
    match sign:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/":
            return left / right


def pick(which: Which, numbers: Sequence[float]) -> float:
    """Give the least or the most of some numbers."""
    return min(numbers) if which == "min" else max(numbers)


def _place(node: ast.expr) -> tuple[int, int]:
    """Say where a node stands; the text is ASCII, so bytes are characters."""
    return node.col_offset, cast("int", node.end_col_offset)


def _refusal(node: ast.expr, reason: str) -> ExpressionError:
    return ExpressionError(node.col_offset + 1, reason)


def _number(node: ast.Constant) -> Number:
    value = node.value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _refusal(node, f"is not allowed: {ALLOWED} here")
    try:
        number = float(value)
    except OverflowError:  # a whole number of hundreds of digits
        number = math.inf
    return _finite(node, number)


def _finite(node: ast.expr, value: float) -> Number:
    if not math.isfinite(value):
        raise _refusal(node, "is a number too large to count with")
    return Number(*_place(node), value)


def _name(node: ast.expr, name: str) -> Name:
    if name in {"min", "max"}:
        raise _refusal(node, f"needs its parts in brackets: {name}(a, b)")
    return Name(*_place(node), name)
