"""One call of the AWS CLI that stays: the text of the command `aws`. It starts in a few milliseconds, without site."""

from __future__ import annotations

import json
import os
import socket
import sys
from array import array

if __name__ == "__main__":
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(os.path.join(os.path.dirname(os.path.abspath(sys.argv[0])), "socket"))
    asked = {"words": sys.argv[1:], "folder": os.getcwd(), "environment": dict(os.environ)}
    streams = array("i", (0, 1, 2))
    connection.sendmsg([b"\n"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, streams)])
    connection.sendall(json.dumps(asked).encode() + b"\n")
    sys.exit(ord(connection.recv(1) or b"\xff"))
