"""What the service, a worker and their commands import, all at once."""

import gc

import psycopg
import uvicorn.lifespan.on
import uvicorn.loops.auto
import uvicorn.protocols.http.auto

import app.console.books
import app.console.figures
import app.console.keys
import app.console.logs
import app.console.main
import app.console.migrate
import app.hiring
import app.opening
import app.settings
import app.work.alone

__all__ = ["app", "psycopg", "uvicorn"]

# What is loaded stays: the collector of a forked process need not look through it.
gc.freeze()
