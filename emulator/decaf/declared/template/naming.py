"""Names and ARNs of resources, for Ref and Fn::GetAtt, and for resources that a template does not name.

Rule: a generated name is made of the stack's name, the logical id and a suffix, as CloudFormation does it; here it is
the same in each run. Resources of other services get the names that they would have, so that templates which refer to
them can be used.

Source: CloudFormation User Guide, "Name type"; "Return values" of each resource type; the Service Authorization
Reference, for the forms of ARNs.
"""

from __future__ import annotations

import msgspec

from decaf.base.arn import Arn
from decaf.declared.template.parameters import PARTITION, URL_SUFFIX, Stack

_LONGEST = {"AWS::SQS::Queue": 80, "AWS::SNS::Topic": 256}
_LONGEST_OTHER = 64  # as of functions and roles
_FIFO = ".fifo"

# ARNs of other services' resources, after the partition
_ARNS = {
    "AWS::CloudWatch::Alarm": "cloudwatch:{region}:{account}:alarm:{name}",
    "AWS::DynamoDB::Table": "dynamodb:{region}:{account}:table/{name}",
    "AWS::Events::EventBus": "events:{region}:{account}:event-bus/{name}",
    "AWS::Events::Rule": "events:{region}:{account}:rule/{name}",
    "AWS::IAM::Role": "iam::{account}:role/{name}",
    "AWS::IAM::User": "iam::{account}:user/{name}",
    "AWS::KMS::Key": "kms:{region}:{account}:key/{name}",
    "AWS::Kinesis::Stream": "kinesis:{region}:{account}:stream/{name}",
    "AWS::KinesisFirehose::DeliveryStream": "firehose:{region}:{account}:deliverystream/{name}",
    "AWS::Lambda::Alias": "lambda:{region}:{account}:function:{name}",
    "AWS::Lambda::Function": "lambda:{region}:{account}:function:{name}",
    "AWS::Lambda::Version": "lambda:{region}:{account}:function:{name}",
    "AWS::S3::Bucket": "s3:::{name}",
    "AWS::Serverless::Function": "lambda:{region}:{account}:function:{name}",
    "AWS::Serverless::SimpleTable": "dynamodb:{region}:{account}:table/{name}",
    "AWS::Serverless::StateMachine": "states:{region}:{account}:stateMachine:{name}",
    "AWS::StepFunctions::StateMachine": "states:{region}:{account}:stateMachine:{name}",
}
_REF_IS_ARN = frozenset(
    {
        "AWS::Lambda::Alias",
        "AWS::Lambda::Version",
        "AWS::Serverless::StateMachine",
        "AWS::StepFunctions::StateMachine",
    }
)
_NAME_PROPERTIES = {  # where it is not the type's own name with Name
    "AWS::Events::EventBus": "Name",
    "AWS::Events::Rule": "Name",
    "AWS::Kinesis::Stream": "Name",
    "AWS::Serverless::SimpleTable": "TableName",
    "AWS::Serverless::StateMachine": "Name",
}
# Types that are named after a function, and the property for the rest of the name: a version's is its number.
QUALIFIED = {"AWS::Lambda::Alias": "Name", "AWS::Lambda::Version": None}
_FIRST_VERSION = "1"


def name_property(kind: str) -> str:
    """Return the property that names a resource of a type, if it has one: QueueName, TopicName, FunctionName."""
    return _NAME_PROPERTIES.get(kind, f"{kind.rpartition('::')[2]}Name")


def qualified_name(function: str, qualifier: str | None) -> str:
    """Return the name of an alias or version of a function, given by its name or ARN."""
    return f"{function.rpartition(':function:')[2]}:{qualifier or _FIRST_VERSION}"


def generated_name(stack: Stack, logical_id: str, kind: str, fifo: bool) -> str:
    """Return the name of a resource whose template does not name it."""
    end = f"-{stack.suffix(logical_id)}{_FIFO if fifo else ''}"
    name = f"{stack.name}-{logical_id}"[: _LONGEST.get(kind, _LONGEST_OTHER) - len(end)] + end
    return name.lower() if kind == "AWS::S3::Bucket" else name


class Named(msgspec.Struct, frozen=True):
    """A resource with its name."""

    kind: str
    name: str
    stack: Stack

    def ref(self) -> str | None:
        """Return the value of Ref, None where it is known only after creation."""
        if self.kind == "AWS::SQS::Queue":
            return self.attributes()["QueueUrl"]
        if self.kind == "AWS::SNS::Topic":
            return self.attributes()["TopicArn"]
        if self.kind in _REF_IS_ARN:
            return self.attributes()["Arn"]
        return None if self.kind == "AWS::SNS::Subscription" else self.name

    def attributes(self) -> dict[str, str]:
        """Return the values of Fn::GetAtt by attribute name, as far as they are known before creation."""
        region, account = self.stack.place.region, self.stack.place.account
        if self.kind == "AWS::SQS::Queue":
            url = f"https://sqs.{region}.{URL_SUFFIX}/{account}/{self.name}"
            return {"Arn": str(Arn("sqs", region, account, self.name)), "QueueName": self.name, "QueueUrl": url}
        if self.kind == "AWS::SNS::Topic":
            return {"TopicArn": str(Arn("sns", region, account, self.name)), "TopicName": self.name}
        vendor, _, rest = self.kind.partition("::")
        service = rest.partition("::")[0]
        if vendor != "AWS" or service in ("SNS", "SQS"):
            return {}
        form = _ARNS.get(self.kind, f"{service.lower()}:{{region}}:{{account}}:{{name}}")
        return {"Arn": f"arn:{PARTITION}:{form.format(region=region, account=account, name=self.name)}"}

    def attribute(self, name: str) -> str | None:
        """Return the value of Fn::GetAtt, None if it is not known; of other services' types any ...Arn is the ARN."""
        known = self.attributes()
        own = self.kind.startswith(("AWS::SNS::", "AWS::SQS::"))
        return known.get("Arn" if not own and name.isalnum() and name.endswith("Arn") else name)
