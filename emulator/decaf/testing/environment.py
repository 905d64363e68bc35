"""The environment variables that point every AWS SDK to a Decaf server."""

from __future__ import annotations

SECRET = "decaf"
REGION = "us-east-1"
ACCOUNT = "000000000000"
SERVICES = ("SQS", "SNS", "STS", "LAMBDA")  # that a server answers

# Variables that a developer's machine may have, and that would override those below or lead to other credentials.
MISLEADING = (
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_USE_DUALSTACK_ENDPOINT",
    *(f"AWS_ENDPOINT_URL_{service}" for service in SERVICES),
)


def environment(url: str, account: str = ACCOUNT, region: str = REGION) -> dict[str, str]:
    """Returns the variables that point every client to the server at `url`, as `account`, in `region`."""
    return {"AWS_ENDPOINT_URL": url, **_of_all_services(account, region)}


def environment_of_services(url: str, account: str = ACCOUNT, region: str = REGION) -> dict[str, str]:
    """Returns the same for clients of the services that a server answers; others call where they did before."""
    return {f"AWS_ENDPOINT_URL_{service}": url for service in SERVICES} | _of_all_services(account, region)


def _of_all_services(account: str, region: str) -> dict[str, str]:
    return {
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false",
        "AWS_ACCESS_KEY_ID": account,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_DEFAULT_REGION": region,
        "AWS_REGION": region,
    }
