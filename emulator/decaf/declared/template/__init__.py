"""CloudFormation templates: their resources of SQS and SNS.

Source: the CloudFormation User Guide, "Template anatomy" and "Intrinsic function reference"; the resource types'
schemas, for their properties.
"""
