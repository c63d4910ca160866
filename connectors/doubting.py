"""What a 401 means: that the credential has ended, or that it is not for this call."""

from collections.abc import Callable
from typing import Final

from connectors.answer import Answer, is_to_anybody, judge
from connectors.call import Said
from connectors.errors import (
    NotGrantedError,
    RefusedError,
    UnauthorizedError,
    UnreachableError,
)

_MEND: Final = {
    "jira": "Jira knows us by this credential, but does not take it for this call: "
    "look at the scopes and rights that it was given",
    "confluence": "Jira knows us, Confluence does not take the credential for this: "
    "look at the account's access to Confluence and at its token's scopes",
}


def judge_unauthorized(
    answer: Answer, said: Said, ask_myself: Callable[[], object]
) -> Answer:
    """Raise UnauthorizedError only where the site does not know us at all.

    One kind of call or one product may refuse a credential that is good elsewhere.
    """
    if not _knows_us(ask_myself):
        return judge(answer)
    if is_to_anybody(answer) and said.product == "jira":
        # Seen of Jira where nothing was wrong (JRA-41559): it passes.
        words = f"{said.words}: answered as to anybody, and yet Jira knows us"
        raise UnreachableError(words, status=answer.status)
    try:
        return judge(answer)
    except UnauthorizedError as error:
        told = f"{str(error).rstrip('.')}. {_MEND[said.product]}"
        raise NotGrantedError(told, error.status, error.messages) from error


def _knows_us(ask_myself: Callable[[], object]) -> bool:
    try:
        ask_myself()
    except NotGrantedError:
        return True  # what is missing is read:jira-user alone
    except RefusedError:
        return False
    return True
