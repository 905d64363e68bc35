"""The operations of Lambda, by AWS's names. Those of the model that this table lacks are refused as not implemented.

Each takes the service, the call and the time (epoch seconds), and returns the result, or an awaitable of it where it
has to wait.
"""

from __future__ import annotations

from decaf.api.lambda_ import concurrency, event_invocations, functions, invoking, mappings, permissions, tagging
from decaf.api.lambda_.service import Lambda, Operation

OPERATIONS: dict[str, Operation] = {
    "AddPermission": permissions.add_permission,
    "CreateEventSourceMapping": mappings.create_event_source_mapping,
    "CreateFunction": functions.create_function,
    "DeleteEventSourceMapping": mappings.delete_event_source_mapping,
    "DeleteFunction": functions.delete_function,
    "DeleteFunctionConcurrency": concurrency.delete_function_concurrency,
    "DeleteFunctionEventInvokeConfig": event_invocations.delete_function_event_invoke_config,
    "GetAccountSettings": concurrency.get_account_settings,
    "GetEventSourceMapping": mappings.get_event_source_mapping,
    "GetFunction": functions.get_function,
    "GetFunctionCodeSigningConfig": functions.get_function_code_signing_config,
    "GetFunctionConcurrency": concurrency.get_function_concurrency,
    "GetFunctionConfiguration": functions.get_function_configuration,
    "GetFunctionEventInvokeConfig": event_invocations.get_function_event_invoke_config,
    "GetPolicy": permissions.get_policy,
    "Invoke": invoking.invoke,
    "ListAliases": functions.list_aliases,
    "ListEventSourceMappings": mappings.list_event_source_mappings,
    "ListFunctionEventInvokeConfigs": event_invocations.list_function_event_invoke_configs,
    "ListFunctions": functions.list_functions,
    "ListTags": tagging.list_tags,
    "ListVersionsByFunction": functions.list_versions_by_function,
    "PutFunctionConcurrency": concurrency.put_function_concurrency,
    "PutFunctionEventInvokeConfig": event_invocations.put_function_event_invoke_config,
    "RemovePermission": permissions.remove_permission,
    "TagResource": tagging.tag_resource,
    "UntagResource": tagging.untag_resource,
    "UpdateEventSourceMapping": mappings.update_event_source_mapping,
    "UpdateFunctionCode": functions.update_function_code,
    "UpdateFunctionConfiguration": functions.update_function_configuration,
    "UpdateFunctionEventInvokeConfig": event_invocations.update_function_event_invoke_config,
}

# Operations by which what runs as the server's user is chosen.
BRING_CODE = frozenset({"CreateFunction", "UpdateFunctionCode", "UpdateFunctionConfiguration"})

__all__ = ["BRING_CODE", "OPERATIONS", "Lambda"]
