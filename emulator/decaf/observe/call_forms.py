"""A call as a person would type it: for boto3 and for version 2 of the AWS CLI.

Rule: what is written means the same as the call did, whatever its parameters have in them. In the form for the CLI
blobs are base64: version 1 would read them as they stand, and has no option for that.
"""

from __future__ import annotations

import json
import shlex
from keyword import iskeyword
from typing import Any

import msgspec

from decaf.base.printable import printable_json, printable_lines
from decaf_protocol import Params

_SECRET = "decaf"  # any: the signature of an account that is its own access key is not verified
# What the CLI names in another way. Source: its customization `argrename`.
_RENAMED = {("sns", "Subscribe", "Endpoint"): "notification-endpoint"}
# The CLI reads a file or a page instead of such a value, but for these options.
_READ_BY_CLI = ("file://", "fileb://", "http://", "https://")
_ONLY_AS_JSON = frozenset({("lambda", "CreateFunction"), ("lambda", "UpdateFunctionCode")})  # it wants code in a file
_NEVER_READ = frozenset({"queue-url", "notification-endpoint"})


class Called(msgspec.Struct, frozen=True):
    """What both forms are made of; `url` is the server's, `region` and `account` are those of the call."""

    service: str
    operation: str
    params: Params
    url: str
    region: str
    account: str


def boto3_form(called: Called) -> str:
    """Returns a program in Python that makes the call."""
    from botocore import xform_name

    settings = {
        "endpoint_url": called.url,
        "region_name": called.region,
        "aws_access_key_id": called.account,
        "aws_secret_access_key": _SECRET,
    }
    client = "".join(f"    {name}={value!r},\n" for name, value in settings.items())
    params = "".join(f"    {name}={value!r},\n" for name, value in called.params.items())
    body = f"\n{params}" if params else ""
    name = f"{called.service}_" if iskeyword(called.service) else called.service
    method = f"{name}.{xform_name(called.operation)}"
    return f"import boto3\n\n{name} = boto3.client(\n    {called.service!r},\n{client})\n{method}({body})\n"


def cli_form(called: Called) -> str:
    """Returns a command line for a POSIX shell and AWS CLI 2 that makes the call."""
    from botocore import xform_name

    lines = [
        f"AWS_ACCESS_KEY_ID={called.account} AWS_SECRET_ACCESS_KEY={_SECRET} aws {called.service} "
        f"{xform_name(called.operation, '-')}",
        f"--endpoint-url {shlex.quote(called.url)} --region {shlex.quote(called.region)}",
    ]
    options = {
        _RENAMED.get((called.service, called.operation, name)) or xform_name(name, "-"): value
        for name, value in called.params.items()
    }
    named = (called.service, called.operation)
    if named in _ONLY_AS_JSON or any(_would_be_misread(name, value) for name, value in options.items()):
        lines.append(f"--cli-input-json {shlex.quote(_json(called.params))}")
    else:
        lines += [_option(name, value) for name, value in options.items()]
    if named == ("lambda", "Invoke"):
        lines.append("response.json")  # the file that the CLI writes the response to
    return " \\\n  ".join(lines) + "\n"


def _would_be_misread(name: str, value: Any) -> bool:
    if not isinstance(value, str):
        return False
    read = name not in _NEVER_READ and value.startswith(_READ_BY_CLI)
    return read or value.startswith("-") or printable_lines(value) != value


def _option(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return f"--{name}" if value else f"--no-{name}"
    text = msgspec.to_builtins(value) if isinstance(value, str | bytes) else _json(value)
    return f"--{name} {shlex.quote(text)}"


def _json(value: Any) -> str:
    return printable_json(json.dumps(msgspec.to_builtins(value), ensure_ascii=False))
