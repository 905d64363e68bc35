"""The process that one invocation of a Python handler runs in: `python lambda_process.py module:function`.

The event comes as JSON on standard input, the result goes as JSON to standard output; what the handler itself prints
goes to standard error. It stands alone: it may run beside anything, and imports nothing of ours.
"""

import importlib
import json
import os
import sys
from types import SimpleNamespace


def main() -> int:
    module_name, _, function_name = sys.argv[1].partition(":")
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    sys.path[0] = os.getcwd()
    try:
        handler = getattr(importlib.import_module(module_name), function_name)
        context = SimpleNamespace(function_name=function_name, aws_request_id="", memory_limit_in_mb=128)
        result, code = handler(json.load(sys.stdin), context), 0
    except Exception as error:
        result, code = {"errorMessage": str(error), "errorType": type(error).__name__}, 1
    with answers:
        json.dump(result, answers, default=str)
    return code


if __name__ == "__main__":
    sys.exit(main())
