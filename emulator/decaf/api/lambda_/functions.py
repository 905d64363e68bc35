"""Functions: created from a zip file, listed, changed and deleted.

Rule: no version but $LATEST exists, and no alias. A function is active as soon as it is created.

Source: Lambda API Reference, CreateFunction, UpdateFunctionCode, UpdateFunctionConfiguration and ListFunctions.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from decaf.api.lambda_ import configuration
from decaf.api.lambda_.paging import page
from decaf.api.lambda_.service import Lambda, Named, check_revision
from decaf.functions.errors import (
    function_exists,
    invalid_value,
    not_here,
    request_too_large,
    violation,
)
from decaf.functions.function import LATEST, function_arn
from decaf_protocol import Call, Params, Result, models

if TYPE_CHECKING:
    from decaf.delivery.runtimes.code import Code

_MOST_LISTED = 50  # functions in a page: ListFunctions
_LONGEST_NAME = 64
_MOST_ZIPPED = 52_428_800  # bytes: "Lambda quotas"
_MOST_IN_BASE64 = 69_905_067  # of a request with a zip file, as the service reports it


async def create_function(lambda_: Lambda, call: Call, now: float) -> Result:
    params, named = call.params, lambda_.named(call)
    if len(named.name) > _LONGEST_NAME:
        raise violation(named.name, "functionName", "Member must have length less than or equal to 64")
    fields = configuration.read(params, _runtimes())
    if "Runtime" not in params or "Handler" not in params:
        raise invalid_value(
            "Runtime and Handler are mandatory parameters for functions created with deployment packages."
        )
    _check_new(lambda_, call)
    code = await _keep(lambda_, params["Code"], "CreateFunction")
    _check_new(lambda_, call)
    function = lambda_.create(
        named.arn,
        now,
        **fields,
        path=code.path,
        code_sha256=code.sha256,
        code_size=code.size,
        tags=params.get("Tags", {}),
        others=configuration.others(params, {}),
    )
    return configuration.describe(function, named)


def get_function(lambda_: Lambda, call: Call, now: float) -> Result:
    function, named = lambda_.function(call)
    found: Result = {"Configuration": configuration.describe(function, named), "Code": {}}
    if function.code_sha256:
        found["Code"] = {"Location": f"file://{function.path}"}
    if function.tags:
        found["Tags"] = dict(function.tags)
    if function.reserved_concurrency is not None:
        found["Concurrency"] = {"ReservedConcurrentExecutions": function.reserved_concurrency}
    return found


def get_function_configuration(lambda_: Lambda, call: Call, now: float) -> Result:
    return configuration.describe(*lambda_.function(call))


def list_functions(lambda_: Lambda, call: Call, now: float) -> Result:
    listed, more = page(lambda_.of(call), call.params, _MOST_LISTED)
    suffix = LATEST if call.params.get("FunctionVersion") == "ALL" else None
    arns = [function_arn(function.short_name, call.account, lambda_.region(call)) for function in listed]
    found = [configuration.describe(each, Named(arn, suffix)) for each, arn in zip(listed, arns, strict=True)]
    return {"Functions": found, **more}


def list_versions_by_function(lambda_: Lambda, call: Call, now: float) -> Result:
    function, named = lambda_.function(call)
    return {"Versions": [configuration.describe(function, Named(named.arn, LATEST))]}


def list_aliases(lambda_: Lambda, call: Call, now: float) -> Result:
    lambda_.function(call)
    return {"Aliases": []}


def get_function_code_signing_config(lambda_: Lambda, call: Call, now: float) -> Result:
    """No code is signed here; tools ask all the same."""
    _, named = lambda_.function(call)
    return {"CodeSigningConfigArn": "", "FunctionName": named.name}


async def update_function_code(lambda_: Lambda, call: Call, now: float) -> Result:
    params = call.params
    function, named = lambda_.function(call)
    check_revision(function, call)
    if params.get("Publish"):
        raise not_here("versions of functions")
    code = await _keep(lambda_, params, "UpdateFunctionCode")
    function, named = lambda_.function(call)
    changes = {"path": code.path, "code_sha256": code.sha256, "code_size": code.size}
    if function.handler is None:
        raise invalid_value(f"The function {named.name} has no handler: it is no function of a zip file.")
    if params.get("DryRun"):
        return configuration.describe(function, named)
    changed = lambda_.change(function, now, **changes, others=configuration.others(params, function.others))
    lambda_.runner.forget(named.arn)
    return configuration.describe(changed, named)


def update_function_configuration(lambda_: Lambda, call: Call, now: float) -> Result:
    function, named = lambda_.function(call)
    check_revision(function, call)
    fields = configuration.read(call.params, _runtimes())
    if "handler" in fields and function.handler is None:
        raise invalid_value(f"The function {named.name} has no handler: it is no function of a zip file.")
    changed = lambda_.change(function, now, **fields, others=configuration.others(call.params, function.others))
    lambda_.runner.forget(named.arn)
    return configuration.describe(changed, named)


def delete_function(lambda_: Lambda, call: Call, now: float) -> Result:
    named = lambda_.named(call)
    if named.qualifier == LATEST:
        raise invalid_value("$LATEST version cannot be deleted without deleting the function.")
    lambda_.forget(*lambda_.function(call))
    return {"StatusCode": 204}


def _check_new(lambda_: Lambda, call: Call) -> None:
    named = lambda_.named(call)
    if lambda_.functions.find(named.arn) is not None:
        raise function_exists(named.name)


async def _keep(lambda_: Lambda, params: Params, operation: str) -> Code:
    """Returns the unpacked code of a request. Raises AWSError for other code than a zip file within the limits."""
    from decaf.delivery.runtimes.code import BadCode, CodeTooLarge

    if params.get("ImageUri"):
        raise not_here("container images of functions")
    if params.get("S3Bucket") or params.get("S3Key"):
        raise not_here("objects in S3: code comes as ZipFile")
    zipped: bytes | None = params.get("ZipFile")
    if zipped is None:
        raise invalid_value("Please provide a source for function code.")
    if not zipped:
        raise invalid_value("Uploaded file must be a non-empty zip")
    if len(zipped) > _MOST_ZIPPED:
        raise request_too_large(operation, _MOST_IN_BASE64)
    try:
        code = await asyncio.to_thread(lambda_.code().keep, zipped)
    except CodeTooLarge:
        raise invalid_value("Unzipped size must be smaller than 262144000 bytes") from None
    except BadCode:
        raise invalid_value(
            "Could not unzip uploaded file. Please check your file, then try to upload again."
        ) from None
    await lambda_.keep_code(code, zipped)
    return code


def _runtimes() -> tuple[str, ...]:
    return models.service("lambda").operations["CreateFunction"].input.members["Runtime"].enum
