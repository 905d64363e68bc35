"""The environment variables that Lambda sets for a function, with those that lead its AWS clients back to Decaf.

Source: AWS Lambda Developer Guide, "Working with Lambda environment variables".
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping

from decaf.functions.function import LATEST, Function, short_name

_SECRET = "decaf"
_TOKEN = "decaf"  # any: only calls that register code want the server's own, and only from other machines
_OF_THE_SERVER = ("AWS_", "DECAF_", "LAMBDA_")  # what variables of the server begin with that are not passed on


def log_stream(now: float) -> str:
    """Returns a new name for the log of one process of a function, as Lambda names it; `now` is in epoch seconds."""
    return f"{time.strftime('%Y/%m/%d', time.gmtime(now))}/[{LATEST}]{secrets.token_hex(16)}"


def variables_of(
    function: Function, arn: str, url: str, trusted: str, stream: str, inherited: Mapping[str, str]
) -> dict[str, str]:
    """Returns the variables of a function that is invoked by `arn`, on a server at `url`. The authority of its
    certificate is in the file `trusted`, unless that is empty; `stream` is the name of its log.

    Of the variables of the server, those `inherited` are passed on that are no settings or credentials.
    """
    kept = {name: value for name, value in inherited.items() if not name.startswith(_OF_THE_SERVER)}
    _, _, _, region, account = arn.split(":")[:5]
    name = short_name(arn)
    return {
        **kept,
        "TZ": ":UTC",
        **function.environment,
        "AWS_ACCESS_KEY_ID": account,
        "AWS_DEFAULT_REGION": region,
        "AWS_ENDPOINT_URL": url,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime or 'python3'}",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_size),
        "AWS_LAMBDA_FUNCTION_NAME": name,
        "AWS_LAMBDA_FUNCTION_VERSION": LATEST,
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": stream,
        "AWS_REGION": region,
        "AWS_SECRET_ACCESS_KEY": _SECRET,
        "AWS_SESSION_TOKEN": _TOKEN,
        **({"AWS_CA_BUNDLE": trusted} if trusted else {}),
        "_HANDLER": function.handler or "",
    }
