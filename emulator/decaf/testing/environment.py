"""The environment variables that point every AWS SDK to a Decaf server."""

from __future__ import annotations

SECRET = "decaf"
REGION = "us-east-1"
ACCOUNT = "000000000000"

# Variables that a developer's machine may have, and that would override those below.
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
    """Returns the variables that point every client to the server at `url`, as `account`, in `region`."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": account,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_DEFAULT_REGION": region,
        "AWS_REGION": region,
    }
