"""The operations of SNS, by AWS's names. The ones the model has and this table lacks are refused as not here yet.

Each takes the service, the call and the time (epoch seconds), and gives the result as the model's output members.
"""

from __future__ import annotations

from emulator.sns.api import permissions, platforms, publishing, subscriptions, tags, topics
from emulator.sns.api.service import Operation, Sns

OPERATIONS: dict[str, Operation] = {
    "AddPermission": permissions.add_permission,
    "ConfirmSubscription": subscriptions.confirm_subscription,
    "CreatePlatformApplication": platforms.create_platform_application,
    "CreatePlatformEndpoint": platforms.create_platform_endpoint,
    "CreateTopic": topics.create_topic,
    "DeleteEndpoint": platforms.delete_endpoint,
    "DeletePlatformApplication": platforms.delete_platform_application,
    "DeleteTopic": topics.delete_topic,
    "GetEndpointAttributes": platforms.get_endpoint_attributes,
    "GetPlatformApplicationAttributes": platforms.get_platform_application_attributes,
    "GetSubscriptionAttributes": subscriptions.get_subscription_attributes,
    "GetTopicAttributes": topics.get_topic_attributes,
    "ListEndpointsByPlatformApplication": platforms.list_endpoints_by_platform_application,
    "ListPlatformApplications": platforms.list_platform_applications,
    "ListSubscriptions": subscriptions.list_subscriptions,
    "ListSubscriptionsByTopic": subscriptions.list_subscriptions_by_topic,
    "ListTagsForResource": tags.list_tags_for_resource,
    "ListTopics": topics.list_topics,
    "Publish": publishing.publish,
    "PublishBatch": publishing.publish_batch,
    "RemovePermission": permissions.remove_permission,
    "SetEndpointAttributes": platforms.set_endpoint_attributes,
    "SetPlatformApplicationAttributes": platforms.set_platform_application_attributes,
    "SetSubscriptionAttributes": subscriptions.set_subscription_attributes,
    "SetTopicAttributes": topics.set_topic_attributes,
    "Subscribe": subscriptions.subscribe,
    "TagResource": tags.tag_resource,
    "Unsubscribe": subscriptions.unsubscribe,
    "UntagResource": tags.untag_resource,
}

__all__ = ["OPERATIONS", "Sns"]
