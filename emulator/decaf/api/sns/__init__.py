"""The operations of SNS, by AWS's names. Those of the model that this table lacks are refused as not implemented.

Each takes the service, the call and the time (epoch seconds), and returns the result.
"""

from __future__ import annotations

from decaf.api.sns import data_protection, permissions, platforms, publishing, sandbox, sms, subscriptions, tags, topics
from decaf.api.sns.service import Operation, Sns

OPERATIONS: dict[str, Operation] = {
    "AddPermission": permissions.add_permission,
    "CheckIfPhoneNumberIsOptedOut": sms.check_if_phone_number_is_opted_out,
    "ConfirmSubscription": subscriptions.confirm_subscription,
    "CreatePlatformApplication": platforms.create_platform_application,
    "CreatePlatformEndpoint": platforms.create_platform_endpoint,
    "CreateSMSSandboxPhoneNumber": sandbox.create_sms_sandbox_phone_number,
    "CreateTopic": topics.create_topic,
    "DeleteEndpoint": platforms.delete_endpoint,
    "DeletePlatformApplication": platforms.delete_platform_application,
    "DeleteSMSSandboxPhoneNumber": sandbox.delete_sms_sandbox_phone_number,
    "DeleteTopic": topics.delete_topic,
    "GetDataProtectionPolicy": data_protection.get_data_protection_policy,
    "GetEndpointAttributes": platforms.get_endpoint_attributes,
    "GetPlatformApplicationAttributes": platforms.get_platform_application_attributes,
    "GetSMSAttributes": sms.get_sms_attributes,
    "GetSMSSandboxAccountStatus": sandbox.get_sms_sandbox_account_status,
    "GetSubscriptionAttributes": subscriptions.get_subscription_attributes,
    "GetTopicAttributes": topics.get_topic_attributes,
    "ListEndpointsByPlatformApplication": platforms.list_endpoints_by_platform_application,
    "ListOriginationNumbers": sms.list_origination_numbers,
    "ListPhoneNumbersOptedOut": sms.list_phone_numbers_opted_out,
    "ListPlatformApplications": platforms.list_platform_applications,
    "ListSMSSandboxPhoneNumbers": sandbox.list_sms_sandbox_phone_numbers,
    "ListSubscriptions": subscriptions.list_subscriptions,
    "ListSubscriptionsByTopic": subscriptions.list_subscriptions_by_topic,
    "ListTagsForResource": tags.list_tags_for_resource,
    "ListTopics": topics.list_topics,
    "OptInPhoneNumber": sms.opt_in_phone_number,
    "Publish": publishing.publish,
    "PublishBatch": publishing.publish_batch,
    "PutDataProtectionPolicy": data_protection.put_data_protection_policy,
    "RemovePermission": permissions.remove_permission,
    "SetEndpointAttributes": platforms.set_endpoint_attributes,
    "SetPlatformApplicationAttributes": platforms.set_platform_application_attributes,
    "SetSMSAttributes": sms.set_sms_attributes,
    "SetSubscriptionAttributes": subscriptions.set_subscription_attributes,
    "SetTopicAttributes": topics.set_topic_attributes,
    "Subscribe": subscriptions.subscribe,
    "TagResource": tags.tag_resource,
    "Unsubscribe": subscriptions.unsubscribe,
    "UntagResource": tags.untag_resource,
    "VerifySMSSandboxPhoneNumber": sandbox.verify_sms_sandbox_phone_number,
}

__all__ = ["OPERATIONS", "Sns"]
