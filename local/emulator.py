"""Runs the installed MiniStack with two settings changed.

MiniStack sends a function its event in two packets. By default, the second waits until the function's kernel
acknowledges the first. These 40 ms per invocation were most of the end-to-end tests' time.

It also gives each invocation its own log stream, and searches all streams whenever a log is read. After ten thousand
requests or so, that took a second for each read. AWS has one stream for each instance of a function.
"""

import runpy
import socketserver
import threading
from typing import Any

from ministack.services import lambda_svc

_emit, _new_uuid, _thread = lambda_svc._emit_lambda_logs, lambda_svc.new_uuid, threading.local()


def _emit_into_one_stream(*arguments: Any, **more: Any) -> None:
    _thread.emits = True
    try:
        _emit(*arguments, **more)
    finally:
        _thread.emits = False


def _uuid() -> str:
    return "0" * 32 if getattr(_thread, "emits", False) else str(_new_uuid())


if __name__ == "__main__":
    socketserver.StreamRequestHandler.disable_nagle_algorithm = True
    lambda_svc._emit_lambda_logs = _emit_into_one_stream
    lambda_svc.new_uuid = _uuid
    runpy.run_module("ministack", run_name="__main__", alter_sys=True)
