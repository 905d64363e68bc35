"""The process in which one invocation of a Python handler runs: `python lambda_process.py module:function`.

The event is JSON on standard input, the result is JSON on standard output; the handler's own output goes to standard
error. Rule: it imports nothing of Decaf's, for it runs among the handler's own modules.
"""

import importlib
import json
import os
import sys
from types import SimpleNamespace


def main() -> int:
    module_name, _, function_name = sys.argv[1].partition(":")
    output = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    sys.path[0] = os.getcwd()
    try:
        handler = getattr(importlib.import_module(module_name), function_name)
        context = SimpleNamespace(function_name=function_name, aws_request_id="", memory_limit_in_mb=128)
        result, code = handler(json.load(sys.stdin), context), 0
    except Exception as error:
        result, code = {"errorMessage": str(error), "errorType": type(error).__name__}, 1
    with output:
        json.dump(result, output, default=str)
    return code


if __name__ == "__main__":
    sys.exit(main())
