"""Runs the installed MiniStack with three settings changed, all of which only cost the end-to-end tests' time.

- MiniStack sends a function its event in two packets. By default, the second waits until the function's kernel
  acknowledges the first: 40 ms for each invocation.
- It looks for a function's log lines once a millisecond, until none has come for five. Our functions write their lines
  before they respond.
- It gives each invocation its own log stream, and searches all streams whenever a log is read. After ten thousand
  requests or so, that took a second for each read. AWS has one stream for each instance of a function.
"""

import queue
import runpy
import socketserver
import threading
import time
from typing import Any

from ministack.core.lambda_runtime import ProvidedWorker
from ministack.services import lambda_svc

# How long the thread that reads a function's output can need for the next line, in seconds.
_NEXT_LINE = 0.002

_emit, _new_uuid, _thread = lambda_svc._emit_lambda_logs, lambda_svc.new_uuid, threading.local()


def _emit_into_one_stream(*arguments: Any, **more: Any) -> None:
    _thread.emits = True
    try:
        _emit(*arguments, **more)
    finally:
        _thread.emits = False


def _uuid() -> str:
    return "0" * 32 if getattr(_thread, "emits", False) else str(_new_uuid())


def _written(worker: ProvidedWorker, first_line_wait: float = 0.05, hard_cap: float = 0.25) -> str:
    """The lines that a function has written since its last invocation."""
    lines, end, wait = [], time.monotonic() + hard_cap, first_line_wait
    try:
        while time.monotonic() < end:
            lines.append(worker._stderr_queue.get(timeout=wait))
            wait = _NEXT_LINE
    except queue.Empty:
        pass
    return "\n".join(lines)


if __name__ == "__main__":
    socketserver.StreamRequestHandler.disable_nagle_algorithm = True
    ProvidedWorker._drain_stderr_bounded = _written
    lambda_svc._emit_lambda_logs = _emit_into_one_stream
    lambda_svc.new_uuid = _uuid
    runpy.run_module("ministack", run_name="__main__", alter_sys=True)
