"""Requests for services that are not here: each SDK reads the refusal as an error of that service."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from decaf_protocol import Request, dialect
from decaf_protocol.other_services import find

ONLY = "Decaf has SQS, SNS, STS (GetCallerIdentity, GetAccessKeyInfo) and parts of Lambda only; this was "
UNKNOWN = "UnknownOperationException"

CALLS: tuple[tuple[str, Callable[[Any], Any], str, str], ...] = (
    ("s3", lambda s3: s3.list_buckets(), "NotImplemented", "S3 ListBuckets"),
    ("s3", lambda s3: s3.create_bucket(Bucket="photos"), "NotImplemented", "S3 CreateBucket"),
    ("s3", lambda s3: s3.put_object(Bucket="photos", Key="a/b", Body=b"\xff\xfe=&"), "NotImplemented", "S3 PutObject"),
    ("s3", lambda s3: s3.get_object(Bucket="photos", Key="a/b"), "NotImplemented", "S3 GetObject"),
    ("s3", lambda s3: s3.get_bucket_acl(Bucket="photos"), "NotImplemented", "S3 GetBucketAcl"),
    ("s3", lambda s3: s3.list_objects_v2(Bucket="photos"), "NotImplemented", "S3 ListObjectsV2"),
    ("s3", lambda s3: s3.copy_object(Bucket="p", Key="k", CopySource="p/a"), "NotImplemented", "S3 CopyObject"),
    ("dynamodb", lambda db: db.list_tables(), UNKNOWN, "DynamoDB ListTables"),
    ("dynamodb", lambda db: db.get_item(TableName="t", Key={"k": {"S": "1"}}), UNKNOWN, "DynamoDB GetItem"),
    ("scheduler", lambda scheduler: scheduler.list_schedules(), UNKNOWN, "Scheduler ListSchedules"),
    ("events", lambda events: events.list_rules(), UNKNOWN, "EventBridge ListRules"),
    ("kms", lambda kms: kms.list_keys(), UNKNOWN, "KMS ListKeys"),
    ("secretsmanager", lambda secrets: secrets.list_secrets(), UNKNOWN, "Secrets Manager ListSecrets"),
    ("iam", lambda iam: iam.list_users(), "InvalidAction", "IAM ListUsers"),
    ("ec2", lambda ec2: ec2.describe_vpcs(), "InvalidAction", "EC2 DescribeVpcs"),
    ("route53", lambda dns: dns.list_hosted_zones(), "InvalidAction", "Route 53 ListHostedZones"),
    ("stepfunctions", lambda states: states.list_state_machines(), UNKNOWN, "SFN ListStateMachines"),
    ("cloudwatch", lambda metrics: metrics.list_metrics(), UNKNOWN, "CloudWatch ListMetrics"),
)


@pytest.mark.parametrize(("service", "call", "code", "asked"), CALLS, ids=[f"{c[0]}-{c[3]}" for c in CALLS])
def test_the_exception_says_what_was_asked(
    endpoint: str, service: str, call: Callable[[Any], Any], code: str, asked: str
) -> None:
    client = boto3.client(
        service,
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="000000000000",
        aws_secret_access_key="decaf",
        config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
    )
    with pytest.raises(ClientError) as refused:
        call(client)
    error = refused.value.response["Error"]
    assert (error["Code"], error["Message"]) == (code, ONLY + asked)
    assert refused.value.response["ResponseMetadata"]["RequestId"]
    client.close()


def _signed(service: str, method: str = "POST", target: str = "/") -> Request:
    scope = f"AWS4-HMAC-SHA256 Credential=000000000000/20260101/us-east-1/{service}/aws4_request, Signature=0"
    return Request(method, target, {"authorization": scope}, b"")


@pytest.mark.parametrize("service", ["../sqs/..", "", "S3", "s3.", "x" * 41, "..", "caf\xe9"])
def test_a_scope_that_names_no_service_is_ours(service: str) -> None:
    assert find(_signed(service)) is None


def test_a_service_that_nobody_has_is_named_as_it_was() -> None:
    found = find(_signed("payroll", "GET", "/people"))
    assert found is not None
    assert found.error().message == ONLY + "payroll GET /people"
    assert dialect(_signed("payroll")).service == "other"


@pytest.mark.parametrize("service", ["execute-api", "local", "elasticmq"])
def test_a_call_of_ours_needs_no_scope_of_ours(service: str) -> None:
    scope = _signed(service).headers
    form = {**scope, "content-type": "application/x-www-form-urlencoded"}
    assert find(Request("POST", "/", form, b"Version=1&Action=SendMessage")) is None
    assert find(Request("POST", "/", {**scope, "x-amz-target": "AmazonSQS.SendMessage"}, b"{}")) is None


def test_a_presigned_request_is_recognised() -> None:
    credential = "X-Amz-Credential=000000000000/20260101/us-east-1/s3/aws4_request"
    found = find(Request("GET", f"/photos/a.png?{credential}", {}, b""))
    assert found is not None
    assert found.error().message == ONLY + "S3 GetObject"
