"""The variables that point any AWS SDK at a Decaf server."""

from __future__ import annotations

SECRET = "decaf"
REGION = "us-east-1"
ACCOUNT = "000000000000"

# What a developer's machine may have set that would lead an SDK elsewhere in spite of the variables below.
MISLEADING = (
    "AWS_SESSION_TOKEN",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_ENDPOINT_URL_SQS",
    "AWS_ENDPOINT_URL_SNS",
    "AWS_ENDPOINT_URL_STS",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
)


def environment(url: str, account: str = ACCOUNT, region: str = REGION) -> dict[str, str]:
    """What has to be set so that every client talks to the server at `url`, as `account`, in `region`."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": account,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_DEFAULT_REGION": region,
        "AWS_REGION": region,
    }
