"""End the process in time, whatever a thread of ours still does or waits for."""

import logging
import os
import signal
import sys
import threading


def end_if_held() -> None:
    """End at once where a thread would hold the process; else let it end by itself.

    That is a rescore which did not end in its ten seconds. Whatever it does may be cut
    short at any point: whoever works next begins it anew.
    """
    us = threading.main_thread()
    if any(not one.daemon for one in threading.enumerate() if one is not us):
        logging.shutdown()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


def end_within(seconds: int) -> None:
    """Have the system end this process if it is still there after so long.

    What it leaves behind is what a power cut would: nothing that was told is lost. No
    thread of ours could see to this, for the interpreter waits for all of them.
    """
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(seconds)
