"""What a formula counts in: costs, times and plain numbers, checked before it is used.

Sums, differences, min and max need the same on all sides; products and quotients
combine. A written 0 counts in whatever it is compared with, so that `max(0, …)` can be
said.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from scoring.formula.expression import (
    Binary,
    Expression,
    ExpressionError,
    Name,
    Negative,
    Node,
    Number,
    Pick,
)


@dataclass(frozen=True, slots=True)
class Dimension:
    """How often a cost (money or points) and a time are multiplied in a number."""

    cost: int = 0
    time: int = 0

    def times(self, other: "Dimension", power: int) -> "Dimension":
        """Multiply by another (power 1), or divide by it (power -1)."""
        return Dimension(self.cost + power * other.cost, self.time + power * other.time)

    def __str__(self) -> str:
        """Say it in words, such as «a cost per time»."""
        parts = (("cost", self.cost), ("time", self.time))
        above = " × ".join(_raised(word, n) for word, n in parts if n > 0)
        below = " per ".join(_raised(word, -n) for word, n in parts if n < 0)
        if not (above or below):
            return "a plain number"
        return f"a {above or 'number'} per {below}" if below else f"a {above}"


PLAIN: Final = Dimension()
COST: Final = Dimension(cost=1)
TIME: Final = Dimension(time=1)
COST_PER_TIME: Final = Dimension(cost=1, time=-1)


def _raised(word: str, power: int) -> str:
    return word if power == 1 else f"{word}^{power}"


def find_dimension(expression: Expression, names: Mapping[str, Dimension]) -> Dimension:
    """Find what a formula's result counts in.

    Raises `ExpressionError` where two sides do not fit, or a name is unknown.
    """
    return _Finder(expression, names).find(expression.root) or PLAIN


@dataclass(frozen=True, slots=True)
class _Finder:
    """Finds dimensions node by node; None is that of 0, which fits everything."""

    expression: Expression
    names: Mapping[str, Dimension]

    def find(self, node: Node) -> Dimension | None:
        match node:
            case Number():
                return None if node.value == 0 else PLAIN
            case Name():
                return self._name(node)
            case Negative():
                return self.find(node.of)
            case Binary():
                return self._binary(node)
            case Pick():
                return self._agree(node.start, node.which, node.parts)

    def _name(self, node: Name) -> Dimension:
        if node.name not in self.names:
            known = ", ".join(self.names)
            told = f'"{node.name}" is no input; known: {known}'
            raise ExpressionError(node.start + 1, told)
        return self.names[node.name]

    def _binary(self, node: Binary) -> Dimension | None:
        if node.sign in {"+", "-"}:
            return self._agree(node.at, node.sign, (node.left, node.right))
        left, right = self.find(node.left) or PLAIN, self.find(node.right) or PLAIN
        return left.times(right, 1 if node.sign == "*" else -1)

    def _agree(self, at: int, sign: str, nodes: Sequence[Node]) -> Dimension | None:
        """Find what all sides count in, or say which two differ."""
        first: tuple[Node, Dimension] | None = None
        for node in nodes:
            found = self.find(node)
            if found is None:
                continue
            if first is not None and found != first[1]:
                told = f"{self._told(*first)} and {self._told(node, found)}"
                raise ExpressionError(at + 1, f'"{sign}" is between {told}')
            first = first or (node, found)
        return first[1] if first else None

    def _told(self, node: Node, dimension: Dimension) -> str:
        return f"{dimension} ({self.expression.told(node)})"
