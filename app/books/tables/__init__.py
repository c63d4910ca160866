"""All rows of our books. Times are UTC and aware; ids of things are short texts."""

from app.books.tables.base import NAMING, Base, Moment, Serial
from app.books.tables.copied import (
    CopyRow,
    EchoRow,
    HeldWriteRow,
    SnapshotRow,
    UnreadRow,
)
from app.books.tables.results import AuditRow, BarRow, PageRow, PlanRow, RankingRow
from app.books.tables.settings import (
    BacklogRow,
    KeyRow,
    MappingRow,
    SiteRow,
    SiteTokenRow,
)
from app.books.tables.work import DeliveryRow, LimitRow, MarkRow, SightingRow, WorkerRow

__all__ = [
    "NAMING",
    "AuditRow",
    "BacklogRow",
    "BarRow",
    "Base",
    "CopyRow",
    "DeliveryRow",
    "EchoRow",
    "HeldWriteRow",
    "KeyRow",
    "LimitRow",
    "MappingRow",
    "MarkRow",
    "Moment",
    "PageRow",
    "PlanRow",
    "RankingRow",
    "Serial",
    "SightingRow",
    "SiteRow",
    "SiteTokenRow",
    "SnapshotRow",
    "UnreadRow",
    "WorkerRow",
]
