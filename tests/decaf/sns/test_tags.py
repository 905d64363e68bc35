"""Tags of topics."""

from __future__ import annotations

from tests.decaf.sns.cloud import ACCOUNT, Cloud


def tag(key: str, value: str = "v") -> dict[str, str]:
    return {"Key": key, "Value": value}


def test_tags_are_added_overwritten_listed_and_removed(cloud: Cloud) -> None:
    topic = cloud.sns("CreateTopic", Name="orders", Tags=[tag("k1"), tag("k2")])["TopicArn"]
    assert cloud.sns("ListTagsForResource", ResourceArn=topic) == {"Tags": [tag("k1"), tag("k2")]}
    cloud.sns("TagResource", ResourceArn=topic, Tags=[tag("k2", "new"), tag("k3", "")])
    cloud.sns("UntagResource", ResourceArn=topic, TagKeys=["k1", "unknown"])
    assert cloud.sns("ListTagsForResource", ResourceArn=topic) == {"Tags": [tag("k2", "new"), tag("k3", "")]}


def test_a_topic_is_created_again_with_some_of_its_tags(cloud: Cloud) -> None:
    tags = [tag("k1"), tag("k2")]
    topic = cloud.sns("CreateTopic", Name="orders", Tags=tags)
    assert cloud.sns("CreateTopic", Name="orders", Tags=tags[:1]) == topic


def test_a_key_can_be_given_once(cloud: Cloud) -> None:
    twice = [tag("k1", "a"), tag("k1", "b")]
    text = "InvalidParameter: Invalid parameter: Duplicated keys are not allowed."
    assert cloud.refusal("CreateTopic", Name="orders", Tags=twice) == text
    assert cloud.refusal("TagResource", ResourceArn=cloud.topic(), Tags=twice) == text


def test_keys_of_aws_own_are_refused(cloud: Cloud) -> None:
    assert "reserved" in cloud.refusal("CreateTopic", Name="orders", Tags=[tag("aws:x")])


def test_a_topic_has_at_most_50_tags(cloud: Cloud) -> None:
    text = "TagLimitExceeded: Could not complete request: tag quota of per resource exceeded"
    tags = [tag(f"k{number}") for number in range(51)]
    assert cloud.refusal("CreateTopic", Name="orders", Tags=tags) == text
    topic = cloud.sns("CreateTopic", Name="orders", Tags=tags[:50])["TopicArn"]
    assert cloud.refusal("TagResource", ResourceArn=topic, Tags=tags[50:]) == text
    cloud.sns("TagResource", ResourceArn=topic, Tags=[tag("k0", "new")])


def test_a_resource_that_does_not_exist_has_no_tags(cloud: Cloud) -> None:
    for operation, params in {
        "ListTagsForResource": {},
        "TagResource": {"Tags": [tag("k")]},
        "UntagResource": {"TagKeys": ["k"]},
    }.items():
        unknown = f"arn:aws:sns:us-east-1:{ACCOUNT}:unknown"
        refusal = cloud.refusal(operation, ResourceArn=unknown, **params)  # type: ignore[arg-type]
        assert refusal == "ResourceNotFound: Resource does not exist"
        refusal = cloud.refusal(operation, ResourceArn="x", **params)  # type: ignore[arg-type]
        assert refusal.endswith("ResourceArn Reason: An ARN must have at least 6 elements, not 1")
