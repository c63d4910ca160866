"""Send one signed delivery the way Jira would, and follow it to its end."""

import time
import uuid
from dataclasses import dataclass
from typing import Final

import orjson
from sqlalchemy import select

from app import clock
from app.books.database import Database
from app.books.received import TRIED
from app.books.tables import DeliveryRow
from connectors.errors import UnreachableError
from connectors.jira_values import WebhookWish
from connectors.way_out import WayOut
from webhooks.events import OWN_TEST
from webhooks.signature import sign

_POLL_SECONDS: Final = 0.2
_ACCEPTED: Final = 202


@dataclass(frozen=True, slots=True)
class Ended:
    """What came of a test: the answer's status (0: none), and what was told.

    It `arrived` where it lies in our books, and was `read` where a worker closed it.
    """

    status: int
    told: str
    arrived: bool = False
    read: bool = False


def send_delivery(
    database: Database, site: str, wish: WebhookWish, way_out: WayOut, seconds: float
) -> Ended:
    """Post a delivery that changes nothing, and wait until our books close it.

    It goes to the wish's URL, signed with its secret.
    """
    identifier = f"{TRIED}{uuid.uuid4()}"
    now = clock.now()
    body = orjson.dumps(
        {
            "timestamp": int(now.timestamp() * 1000),
            "webhookEvent": OWN_TEST,
            "nonce": identifier,
        }
    )
    headers = {
        "Content-Type": "application/json",
        "X-Hub-Signature": sign(body, secret=wish.secret.encode()),
        "X-Atlassian-Webhook-Identifier": identifier,
    }
    try:
        status, told = way_out.post(wish.url, content=body, headers=headers, seconds=15)
    except UnreachableError as error:
        return Ended(0, str(error))
    if status != _ACCEPTED:
        return Ended(status, told[:300])
    return _follow(database, site, identifier, status, seconds)


def _follow(
    database: Database, site: str, identifier: str, status: int, seconds: float
) -> Ended:
    query = select(DeliveryRow.state, DeliveryRow.reason).where(
        DeliveryRow.site_id == site, DeliveryRow.identifier == identifier
    )
    deadline = time.monotonic() + seconds
    found = None
    while time.monotonic() < deadline:
        with database.reading() as session:
            found = session.execute(query).one_or_none()
        if found is None:
            return Ended(status, "accepted, but not in these books")
        if found.state != "new":
            told = f"{found.state}: {found.reason}"
            return Ended(status, told, arrived=True, read=True)
        time.sleep(_POLL_SECONDS)
    told = "stored, and no worker has read it yet: see that one runs"
    return Ended(status, told, arrived=found is not None)
