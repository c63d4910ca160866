"""JQL read into a tree: clauses under and/or, with negation pushed down to them.

Jira itself reads `NOT assignee = x` as `assignee != x`, which leaves out issues
without an assignee, and so do we.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, NoReturn


class JqlError(Exception):
    """The query cannot be answered; the message is Jira's."""


@dataclass(frozen=True, slots=True)
class Call:
    """A function in a query, such as `startOfDay(-1d)`."""

    name: str
    arguments: tuple[str, ...]


Operand = str | Call


@dataclass(frozen=True, slots=True)
class Clause:
    """One condition; `is empty` and `is not empty` have no operands."""

    field: str
    operator: str
    operands: tuple[Operand, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Several conditions that all, or of which any, must hold."""

    word: Literal["and", "or"]
    parts: "tuple[Clause | Group, ...]"


Condition = Clause | Group


@dataclass(frozen=True, slots=True)
class Query:
    """A whole query; `order` holds field and whether it runs downwards."""

    where: Condition | None
    order: tuple[tuple[str, bool], ...] = ()


OPPOSITES: Final = {
    "=": "!=",
    "!=": "=",
    ">": "<=",
    "<=": ">",
    "<": ">=",
    ">=": "<",
    "~": "!~",
    "!~": "~",
    "in": "not in",
    "not in": "in",
    "is": "is not",
    "is not": "is",
}
MOST_SORTS: Final = 7
DEEPEST: Final = 50
VALID: Final = (
    "'=', '!=', '<', '>', '<=', '>=', '~', '!~', 'IN', 'NOT IN', 'IS' and 'IS NOT'"
)
_TOKEN: Final = re.compile(
    r"""\s*(?:
      (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    | (?P<sign>!=|!~|<=|>=|[=<>~(),]|&&|\|\||!)
    | (?P<word>cf\[\d+\]|[^\s"'=<>!~(),&|]+)
    )""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int

    def word(self) -> str:
        """Give a bare word or sign in small letters; nothing for a quoted text."""
        return "" if self.kind == "text" else self.text.casefold()


def read_jql(text: str) -> Query:
    """Read a query, or refuse it in Jira's words."""
    return _Reader(_tokens(text)).query()


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    at = 0
    while text[at:].strip():
        found = _TOKEN.match(text, at)
        if found is None or found.lastgroup is None:
            raise JqlError(_syntax(f"The character '{text[at:].strip()[0]}' ", at))
        kind = found.lastgroup
        said = found[kind]
        if kind == "text":
            said = re.sub(r"\\(.)", r"\1", said[1:-1])
        tokens.append(_Token(kind, said, found.start(kind)))
        at = found.end()
    return tokens


def _syntax(what: str, at: int) -> str:
    return f"Error in the JQL Query: {what}cannot be read. (line 1, character {at + 1})"


class _Reader:
    """A reader by recursive descent over the tokens."""

    def __init__(self, tokens: Sequence[_Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    def query(self) -> Query:
        """Read conditions and order to the end."""
        where = None
        if self._peek() not in ("", "order"):
            where = self._any()
        order = self._order() if self._take("order") else ()
        if self._at < len(self._tokens):
            self._refuse("Expecting either 'OR' or 'AND' but got")
        return Query(where, order)

    def _any(self) -> Condition:
        parts = [self._all()]
        while self._take("or") or self._take("||"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else Group("or", tuple(parts))

    def _all(self) -> Condition:
        parts = [self._one()]
        while self._take("and") or self._take("&&"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else Group("and", tuple(parts))

    def _one(self) -> Condition:
        self._depth += 1
        if self._depth > DEEPEST:
            raise JqlError("The JQL query is nested too deeply.")
        try:
            if self._take("not") or self._take("!"):
                return _negated(self._one())
            if self._take("("):
                inside = self._any()
                self._expect(")")
                return inside
            return self._clause()
        finally:
            self._depth -= 1

    def _clause(self) -> Clause:
        field = self._name("a field name")
        operator = self._operator()
        if operator in ("in", "not in"):
            return Clause(field, operator, self._list())
        value = self._operand()
        if isinstance(value, str) and self._was_word("empty", "null"):
            if operator in ("is", "="):
                return Clause(field, "is")
            if operator in ("is not", "!="):
                return Clause(field, "is not")
        if operator in ("is", "is not"):
            raise JqlError(
                f"Error in the JQL Query: '{operator}' must be followed by "
                "'EMPTY' or 'NULL'."
            )
        return Clause(field, operator, (value,))

    def _operator(self) -> str:
        for sign in ("=", "!=", ">=", "<=", ">", "<", "~", "!~", "in"):
            if self._take(sign):
                return sign
        if self._take("is"):
            return "is not" if self._take("not") else "is"
        if not self._take("not"):
            self._refuse(f"Expecting an operator (one of {VALID}) but got")
        self._expect("in")
        return "not in"

    def _list(self) -> tuple[Operand, ...]:
        if not self._take("("):
            value = self._operand()
            if isinstance(value, Call):
                return (value,)
            self._refuse("Expecting '(' before")
        values = [self._operand()]
        while self._take(","):
            values.append(self._operand())
        self._expect(")")
        return tuple(values)

    def _operand(self) -> Operand:
        name = self._name("a value")
        if self._tokens[self._at - 1].kind == "text" or not self._take("("):
            return name
        arguments: list[str] = []
        while not self._take(")"):
            arguments.append(self._name("an argument"))
            self._take(",")
        return Call(name, tuple(arguments))

    def _order(self) -> tuple[tuple[str, bool], ...]:
        self._expect("by")
        order = [self._sort()]
        while self._take(","):
            order.append(self._sort())
        if len(order) > MOST_SORTS:
            raise JqlError(f"At most {MOST_SORTS} fields may be sorted by.")
        return tuple(order)

    def _sort(self) -> tuple[str, bool]:
        field = self._name("a field name")
        if self._take("desc"):
            return field, True
        self._take("asc")
        return field, False

    def _peek(self) -> str:
        if self._at >= len(self._tokens):
            return ""
        token = self._tokens[self._at]
        return token.word() or "…"

    def _was_word(self, *words: str) -> bool:
        return self._tokens[self._at - 1].word() in words

    def _take(self, word: str) -> bool:
        if self._peek() != word:
            return False
        self._at += 1
        return True

    def _expect(self, word: str) -> None:
        if not self._take(word):
            self._refuse(f"Expecting '{word}' but got")

    def _name(self, what: str) -> str:
        if self._at >= len(self._tokens) or self._tokens[self._at].kind == "sign":
            self._refuse(f"Expecting {what} but got")
        self._at += 1
        return self._tokens[self._at - 1].text

    def _refuse(self, what: str) -> NoReturn:
        if self._at >= len(self._tokens):
            raise JqlError(f"Error in the JQL Query: {what} the end of the query.")
        token = self._tokens[self._at]
        raise JqlError(
            f"Error in the JQL Query: {what} '{token.text}'. "
            f"(line 1, character {token.at + 1})"
        )


def _negated(condition: Condition) -> Condition:
    if isinstance(condition, Clause):
        return replace(condition, operator=OPPOSITES[condition.operator])
    word: Literal["and", "or"] = "or" if condition.word == "and" else "and"
    return Group(word, tuple(_negated(part) for part in condition.parts))
