"""A formula worked out for one issue: its value, and the range it may lie in.

Ranges are carried through by interval arithmetic: each sign gives the least and the
most that its sides allow, as if every input were free of the others. What comes out
always holds the true range, and is wider where an input stands in the formula twice.
"""

import math
from collections.abc import Mapping
from itertools import product

from scoring.formula.expression import (
    Binary,
    Expression,
    Name,
    Negative,
    Node,
    Number,
    Pick,
    calculate,
    pick,
)
from scoring.item import Span


class _UndefinedError(ArithmeticError):
    """The formula has no value for these inputs."""


def evaluate(expression: Expression, values: Mapping[str, float]) -> float | str:
    """Work a formula out, or say why it has no value."""
    try:
        return _value(expression, expression.root, values)
    except _UndefinedError as error:
        return str(error)


def _value(whole: Expression, node: Node, values: Mapping[str, float]) -> float:
    match node:
        case Number():
            return node.value
        case Name():
            if node.name not in values:
                raise _UndefinedError(f"lacks {node.name}")
            number = values[node.name]
        case Negative():
            number = -_value(whole, node.of, values)
        case Pick():
            number = pick(node.which, [_value(whole, p, values) for p in node.parts])
        case Binary():
            number = _binary(whole, node, values)
    if not math.isfinite(number):
        raise _UndefinedError(f"has no end at {whole.told(node)}")
    return number


def _binary(whole: Expression, node: Binary, values: Mapping[str, float]) -> float:
    left = _value(whole, node.left, values)
    right = _value(whole, node.right, values)
    if node.sign == "/" and right == 0:
        raise _UndefinedError(f"divides by {whole.told(node.right)}, which is 0")
    return calculate(node.sign, left, right)


def spread(expression: Expression, spans: Mapping[str, Span]) -> Span | None:
    """Find the range of a formula; None where it would have no end."""
    try:
        return _span(expression.root, spans)
    except _UndefinedError:
        return None


def _span(node: Node, spans: Mapping[str, Span]) -> Span:
    match node:
        case Number():
            return Span(node.value, node.value)
        case Name():
            return spans[node.name]
        case Negative():
            of = _span(node.of, spans)
            return Span(-of.high, -of.low)
        case Pick():
            parts = [_span(part, spans) for part in node.parts]
            low = pick(node.which, [part.low for part in parts])
            return Span(low, pick(node.which, [part.high for part in parts]))
        case Binary():
            return _between(node, _span(node.left, spans), _span(node.right, spans))


def _between(node: Binary, left: Span, right: Span) -> Span:
    """Try the ends of both sides: each sign is monotone in each of them."""
    if node.sign == "/" and right.low <= 0 <= right.high:
        raise _UndefinedError
    ends = product((left.low, left.high), (right.low, right.high))
    found = [calculate(node.sign, one, other) for one, other in ends]
    if not all(math.isfinite(end) for end in found):
        raise _UndefinedError
    return Span(min(found), max(found))
