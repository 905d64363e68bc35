"""Functions by boto3: created, read, listed, changed and deleted."""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.decaf.api.lambda_.conftest import ECHO, ROLE, zipped
from tests.live import Live
from tests.refusals import refusal


def test_a_function_is_active_as_soon_as_it_is_created(lambda_: Any, create: Callable[..., Any], account: str) -> None:
    created = create(
        Description="Makes coffee", Timeout=7, MemorySize=256, Environment={"Variables": {"KIND": "mocha"}}
    )
    arn = f"arn:aws:lambda:us-east-1:{account}:function:brew"
    assert created.pop("ResponseMetadata")["HTTPStatusCode"] == 201
    assert len(created.pop("RevisionId")) == 36
    assert created.pop("LastModified").endswith("+0000")
    assert created == {
        "FunctionName": "brew",
        "FunctionArn": arn,
        "Runtime": "python3.12",
        "Role": ROLE,
        "Handler": "coffee.handle",
        "CodeSize": len(zipped()),
        "CodeSha256": base64.b64encode(hashlib.sha256(zipped()).digest()).decode(),
        "Description": "Makes coffee",
        "Timeout": 7,
        "MemorySize": 256,
        "Version": "$LATEST",
        "Environment": {"Variables": {"KIND": "mocha"}},
        "TracingConfig": {"Mode": "PassThrough"},
        "State": "Active",
        "LastUpdateStatus": "Successful",
        "PackageType": "Zip",
        "Architectures": ["x86_64"],
        "EphemeralStorage": {"Size": 512},
        "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
        "LoggingConfig": {"LogFormat": "Text", "LogGroup": "/aws/lambda/brew"},
    }
    for waiter in ("function_exists", "function_active_v2", "function_updated_v2", "published_version_active"):
        lambda_.get_waiter(waiter).wait(FunctionName="brew", WaiterConfig={"MaxAttempts": 1})


def test_get_function_returns_its_configuration_code_and_tags(lambda_: Any, create: Callable[..., Any]) -> None:
    create(Tags={"shop": "corner"})
    lambda_.put_function_concurrency(FunctionName="brew", ReservedConcurrentExecutions=3)
    found = lambda_.get_function(FunctionName="brew")
    assert found["Configuration"] == without_metadata(lambda_.get_function_configuration(FunctionName="brew"))
    assert found["Tags"] == {"shop": "corner"}
    assert found["Concurrency"] == {"ReservedConcurrentExecutions": 3}
    folder = Path(urlsplit(found["Code"]["Location"]).path)
    assert (folder / "coffee.py").read_text() == ECHO
    assert (folder.stat().st_mode | (folder / "coffee.py").stat().st_mode) & 0o077 == 0


def without_metadata(response: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in response.items() if name != "ResponseMetadata"}


FORMS = [
    "{name}",
    "function:{name}",
    "{account}:function:{name}",
    "{account}:{name}",
    "us-east-1:{account}:function:{name}",
    "arn:aws:lambda:us-east-1:{account}:function:{name}",
]


@pytest.mark.parametrize("name", ["brew", "function", "arn", "123456789012"])
def test_a_function_is_found_by_each_form_of_its_name(
    lambda_: Any, create: Callable[..., Any], account: str, name: str
) -> None:
    arn = create(f"function:{name}")["FunctionArn"]
    assert arn == f"arn:aws:lambda:us-east-1:{account}:function:{name}"
    for form in (each.format(account=account, name=name) for each in FORMS):
        assert lambda_.get_function_configuration(FunctionName=form)["FunctionArn"] == arn
        qualified = lambda_.get_function_configuration(FunctionName=f"{form}:$LATEST")
        assert qualified["FunctionArn"] == f"{arn}:$LATEST"


@pytest.mark.parametrize("name", ["brew:", ":", "arn:aws:sqs:us-east-1:123456789012:brew", "a b", "١" * 12 + ":brew"])
def test_what_is_no_name_of_a_function_is_refused(lambda_: Any, name: str) -> None:
    code, message = refusal(lambda_.get_function, FunctionName=name)
    assert code == "ValidationException"
    assert message.startswith(f"1 validation error detected: Value '{name}' at 'functionName' failed to satisfy")


def test_a_function_that_does_not_exist_is_not_found(lambda_: Any, account: str) -> None:
    arn = f"arn:aws:lambda:us-east-1:{account}:function:none"
    for call in (lambda_.get_function, lambda_.get_function_configuration, lambda_.delete_function, lambda_.invoke):
        assert refusal(call, FunctionName="none") == ("ResourceNotFoundException", f"Function not found: {arn}")
    with pytest.raises(lambda_.exceptions.ResourceNotFoundException):
        lambda_.get_function(FunctionName="none")


def test_there_is_no_version_but_the_latest(lambda_: Any, create: Callable[..., Any]) -> None:
    arn = create()["FunctionArn"]
    code, message = refusal(lambda_.get_function, FunctionName="brew", Qualifier="1")
    assert (code, message) == ("ResourceNotFoundException", f"Function not found: {arn}:1")
    versions = lambda_.list_versions_by_function(FunctionName="brew")["Versions"]
    assert [each["FunctionArn"] for each in versions] == [f"{arn}:$LATEST"]
    assert lambda_.list_aliases(FunctionName="brew")["Aliases"] == []
    assert refusal(lambda_.publish_version, FunctionName="brew")[0] == "NotImplementedException"


def test_a_name_and_a_qualifier_that_contradict_are_refused(lambda_: Any) -> None:
    code, message = refusal(lambda_.get_function, FunctionName="brew:prod", Qualifier="test")
    assert code == "InvalidParameterValueException"
    assert message == "The derived qualifier from the function name does not match the specified qualifier."


def test_a_function_of_another_region_is_out_of_reach(lambda_: Any, account: str) -> None:
    for start in ("arn:aws:lambda:", ""):
        assert refusal(lambda_.get_function, FunctionName=f"{start}eu-west-1:{account}:function:brew") == (
            "ResourceNotFoundException",
            "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')",
        )


def test_regions_and_accounts_have_functions_of_their_own(
    live: Live, lambda_: Any, create: Callable[..., Any], account: str
) -> None:
    create()
    for other in (live.client("lambda", account, "eu-west-1"), live.client("lambda", "999900001111")):
        assert other.list_functions()["Functions"] == []
        other.close()


def test_functions_are_listed_in_pages(lambda_: Any, create: Callable[..., Any]) -> None:
    for number in range(5):
        create(f"brew-{number}")
    pages = list(lambda_.get_paginator("list_functions").paginate(PaginationConfig={"PageSize": 2}))
    names = [[function["FunctionName"] for function in page["Functions"]] for page in pages]
    assert names == [["brew-0", "brew-1"], ["brew-2", "brew-3"], ["brew-4"]]
    assert refusal(lambda_.list_functions, Marker="?")[0] == "InvalidParameterValueException"
    all_versions = lambda_.list_functions(FunctionVersion="ALL")["Functions"]
    assert all(function["FunctionArn"].endswith(":$LATEST") for function in all_versions)


def test_a_name_is_taken_once(create: Callable[..., Any]) -> None:
    create()
    assert refusal(create) == ("ResourceConflictException", "Function already exist: brew")


@pytest.mark.parametrize(
    ("more", "code", "message"),
    [
        ({"Code": {"ZipFile": b"no zip"}}, "InvalidParameterValueException", "Could not unzip uploaded file. Please"),
        ({"Code": {"ZipFile": b""}}, "InvalidParameterValueException", "Uploaded file must be a non-empty zip"),
        ({"Code": {}}, "InvalidParameterValueException", "Please provide a source for function code."),
        ({"Code": {"S3Bucket": "code", "S3Key": "k"}}, "InvalidParameterValueException", "Decaf does not have objects"),
        ({"Code": {"ImageUri": "i"}}, "InvalidParameterValueException", "Decaf does not have container images"),
        ({"Runtime": "nodejs22.x"}, "InvalidParameterValueException", "Decaf runs zip files with Python, and not"),
        ({"Runtime": "cobol"}, "InvalidParameterValueException", "Value cobol at 'runtime' failed to satisfy"),
        ({"Timeout": 901}, "ValidationException", "1 validation error detected: Value '901' at 'timeout' failed"),
        ({"Role": "barista"}, "ValidationException", "1 validation error detected: Value 'barista' at 'role' failed"),
        (
            {"Environment": {"Variables": {"AWS_REGION": "x"}}},
            "InvalidParameterValueException",
            "Lambda was unable to configure your environment variables because",
        ),
        (
            {"Environment": {"Variables": {"A_1": "x" * 5000}}},
            "InvalidParameterValueException",
            "Lambda was unable to configure your environment variables because",
        ),
        ({"Layers": ["arn:aws:lambda:us-east-1:111122223333:layer:l:1"]}, "InvalidParameterValueException", "Decaf"),
        ({"Publish": True}, "InvalidParameterValueException", "Decaf does not have versions of functions."),
        (
            {"Architectures": ["arm65"]},
            "ValidationException",
            "1 validation error detected: Value '[arm65]' at 'architectures' failed to satisfy constraint: Member must "
            "satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64], Member must not be null]",
        ),
        (
            {"DeadLetterConfig": {"TargetArn": "arn:aws:kinesis:us-east-1:111122223333:stream/s"}},
            "InvalidParameterValueException",
            "",
        ),
    ],
)
def test_what_cannot_be_created_is_refused(
    lambda_: Any, create: Callable[..., Any], more: dict[str, Any], code: str, message: str
) -> None:
    found = refusal(create, **more)
    assert found[0] == code
    assert found[1].startswith(message)
    assert lambda_.list_functions()["Functions"] == []


@pytest.mark.parametrize("missing", ["Runtime", "Handler"])
def test_runtime_and_handler_are_needed(lambda_: Any, missing: str) -> None:
    given = {"FunctionName": "brew", "Role": ROLE, "Runtime": "python3.12", "Handler": "coffee.handle"}
    del given[missing]
    code, message = refusal(lambda_.create_function, Code={"ZipFile": zipped()}, **given)
    assert code == "InvalidParameterValueException"
    assert message.startswith("Runtime and Handler are mandatory parameters")


def test_no_file_leaves_the_folder_of_the_code(lambda_: Any, create: Callable[..., Any]) -> None:
    create(Code={"ZipFile": zipped("", "../../escaped.py")})
    folder = Path(urlsplit(lambda_.get_function(FunctionName="brew")["Code"]["Location"]).path)
    assert (folder / "escaped.py").exists()
    assert not (folder.parent.parent / "escaped.py").exists()


def test_a_zip_file_that_grows_beyond_the_limit_is_refused(create: Callable[..., Any]) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("large.bin", "w") as large:
        for _ in range(251):
            large.write(bytes(1024 * 1024))
    code, message = refusal(create, Code={"ZipFile": packed.getvalue()})
    assert (code, message) == ("InvalidParameterValueException", "Unzipped size must be smaller than 262144000 bytes")


def test_many_functions_of_the_same_code_are_created_at_once(lambda_: Any, create: Callable[..., Any]) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(create, [f"brew-{number}" for number in range(16)]))
    assert len({function["CodeSha256"] for function in made}) == 1
    assert lambda_.invoke(FunctionName="brew-15", Payload=b"[1]")["Payload"].read() == b"[1]"


def test_code_is_replaced(lambda_: Any, create: Callable[..., Any]) -> None:
    before = create()
    dry = lambda_.update_function_code(FunctionName="brew", ZipFile=zipped("x = 1"), DryRun=True)
    assert dry["CodeSha256"] == before["CodeSha256"]
    lambda_.invoke(FunctionName="brew")
    after = lambda_.update_function_code(FunctionName="brew", ZipFile=zipped("def handle(e, c): return 'new'"))
    assert after["CodeSha256"] != before["CodeSha256"]
    assert after["RevisionId"] != before["RevisionId"]
    lambda_.get_waiter("function_updated_v2").wait(FunctionName="brew", WaiterConfig={"MaxAttempts": 1})
    assert lambda_.invoke(FunctionName="brew")["Payload"].read() == b'"new"'


def test_a_configuration_is_changed_where_it_is_named(lambda_: Any, create: Callable[..., Any]) -> None:
    create(Timeout=7, Environment={"Variables": {"KIND": "mocha"}}, Tags={"a": "b"})
    changed = lambda_.update_function_configuration(
        FunctionName="brew", MemorySize=512, TracingConfig={"Mode": "Active"}, LoggingConfig={"LogGroup": "/g"}
    )
    assert (changed["Timeout"], changed["MemorySize"], changed["TracingConfig"]) == (7, 512, {"Mode": "Active"})
    assert changed["Environment"] == {"Variables": {"KIND": "mocha"}}
    assert changed["LoggingConfig"] == {"LogFormat": "Text", "LogGroup": "/g"}
    queue = f"arn:aws:sqs:us-east-1:{changed['FunctionArn'].split(':')[4]}:dlq"
    changed = lambda_.update_function_configuration(
        FunctionName="brew", Environment={"Variables": {}}, DeadLetterConfig={"TargetArn": queue}
    )
    assert "Environment" not in changed
    assert changed["DeadLetterConfig"] == {"TargetArn": queue}
    assert lambda_.get_function(FunctionName="brew")["Tags"] == {"a": "b"}


def test_a_change_of_another_revision_is_refused(lambda_: Any, create: Callable[..., Any]) -> None:
    revision = create()["RevisionId"]
    lambda_.update_function_configuration(FunctionName="brew", Timeout=5, RevisionId=revision)
    for call, more in ((lambda_.update_function_configuration, {}), (lambda_.update_function_code, {"ZipFile": b"x"})):
        code, message = refusal(call, FunctionName="brew", RevisionId=revision, **more)
        assert code == "PreconditionFailedException"
        assert message.startswith("The Revision Id provided does not match the latest Revision Id.")


def test_a_deleted_function_is_gone(lambda_: Any, create: Callable[..., Any]) -> None:
    create()
    code, _ = refusal(lambda_.delete_function, FunctionName="brew", Qualifier="$LATEST")
    assert code == "InvalidParameterValueException"
    assert lambda_.delete_function(FunctionName="brew")["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert lambda_.list_functions()["Functions"] == []
    create()


def test_operations_that_are_not_here_are_refused_by_name(lambda_: Any) -> None:
    found = refusal(lambda_.list_layers)
    assert found == ("NotImplementedException", "Decaf does not implement ListLayers of Lambda.")


def test_code_signing_is_not_configured(lambda_: Any, create: Callable[..., Any]) -> None:
    create()
    found = lambda_.get_function_code_signing_config(FunctionName="brew")
    assert (found["FunctionName"], found["CodeSigningConfigArn"]) == ("brew", "")
