"""The default backend opens no socket: not on the network, not on this machine."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from support import ROOT

SCRIPT = """
import sys

opened = []
sys.addaudithook(lambda event, arguments: opened.append((event, arguments)) if event.startswith("socket.") else None)

from toolkit.cli.main import main

sys.argv = ["claimkit", "annotate", "note.txt", "-o", "note.jsonl"]
try:
    main()
except SystemExit as exit:
    assert not exit.code, exit.code
print(len([event for event, _ in opened if event in ("socket.__new__", "socket.connect", "socket.getaddrinfo")]))

import socket

socket.socket().close()
print(len([event for event, _ in opened if event == "socket.__new__"]))
"""


def test_the_default_backend_opens_no_socket(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("The bridge opened in 1931. It will be closed next year.")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", SCRIPT]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    # The second number shows that the first would have seen one.
    assert done.stdout.split() == ["0", "1"]
    assert (tmp_path / "note.jsonl").read_text().count("\n") == 2
