"""The AWS CLI in a process that stays: a program for .venv-legacy's Python.

Starting the AWS CLI costs ten times what its calls cost. So each call is a fork of this process, which has imported all
of it and read its data. The caller sends its standard streams, and then its words, folder and environment; it gets the
exit code. When the caller is killed, its connection ends, and with it the call.
"""

from __future__ import annotations

import array
import contextlib
import functools
import io
import json
import os
import select
import signal
import socket
import sys

import awscli.clidriver
import botocore.loaders

_STREAMS = 3
_NOWHERE = "http://127.0.0.1:1"  # where nothing answers
_NO_ACCOUNT = {
    "AWS_ACCESS_KEY_ID": "x",
    "AWS_SECRET_ACCESS_KEY": "x",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_MAX_ATTEMPTS": "1",
}


def main(path: str) -> None:
    read_all_data()
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(64)
    print("ready", flush=True)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the forks
    while True:
        connection, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            answer(connection)
        connection.close()


def read_all_data() -> None:
    """Make calls that fail, and keep what they have read."""
    loader = botocore.loaders.JSONFileLoader
    loader.load_file = functools.cache(loader.load_file)
    own = dict(os.environ)
    for service, operation in (("sqs", "list-queues"), ("sns", "list-topics")):
        with contextlib.redirect_stderr(io.StringIO()):
            run(["--endpoint-url", _NOWHERE, service, operation], _NO_ACCOUNT)
    os.environ.update(own)


def answer(connection: socket.socket) -> None:
    """Run the call that comes by a connection, as long as there is a caller."""
    _, sent, _, _ = connection.recvmsg(1, socket.CMSG_SPACE(_STREAMS * array.array("i").itemsize))
    streams = array.array("i", sent[0][2])
    with connection.makefile("rb") as lines:
        asked = json.loads(lines.readline())
    running, writer = os.pipe()  # its end is that of the call, which alone has the other end
    call = os.fork()
    if call == 0:
        connection.close()
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
        os.chdir(asked["folder"])
        os._exit(run(asked["words"], asked["environment"]))
    for each in (*streams, writer):
        os.close(each)
    select.select([connection.fileno(), running], [], [])
    os.kill(call, signal.SIGKILL)
    _, status = os.waitpid(call, 0)
    with contextlib.suppress(BrokenPipeError):  # the caller was killed
        connection.send(bytes([os.waitstatus_to_exitcode(status) % 256]))
    os._exit(0)


def run(words: list[str], environment: dict[str, str]) -> int:
    """Returns the exit code of the AWS CLI."""
    data = os.environ["AWS_DATA_PATH"]  # which awscli sets when it is imported
    os.environ.clear()
    os.environ.update(environment | {"AWS_DATA_PATH": data})
    sys.argv = ["aws", *words]
    try:
        code = awscli.clidriver.main()
    except SystemExit as end:
        code = end.code
    sys.stdout.flush()
    sys.stderr.flush()
    return int(code or 0)


if __name__ == "__main__":
    main(sys.argv[1])
