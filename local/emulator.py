"""MiniStack as it is installed, but for one setting.

It hands a function its event in two packets, and the second waits for the function's kernel to acknowledge the first:
40 ms in each invocation, which were most of the end-to-end tests' time.
"""

import runpy
import socketserver

if __name__ == "__main__":
    socketserver.StreamRequestHandler.disable_nagle_algorithm = True
    runpy.run_module("ministack", run_name="__main__", alter_sys=True)
