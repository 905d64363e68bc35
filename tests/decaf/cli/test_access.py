"""Commands for access: modes, users, what would be decided, and the policy that a topic needs at a queue."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from decaf.testing import Decaf
from tests.decaf.cli.conftest import Command

JsonCommand = Callable[..., Any]
MAY_SEND = {"Statement": {"Sid": "Send", "Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}}


def test_modes(run: Command, run_json: JsonCommand) -> None:
    assert run("access", "mode", "warn").exit_code == 0
    assert run_json("access", "mode", "enforce", "--account", "111122223333") == {}
    assert run("access", "show").stdout == "Access: warn\n111122223333: enforce\n"
    assert run_json("access", "show") == {"mode": "warn", "accounts": {"111122223333": "enforce"}, "identities": []}
    assert run("access", "mode", "hard").exit_code == 2


def test_users_and_what_they_may_do(run: Command, run_json: JsonCommand, decaf: Decaf, tmp_path: Path) -> None:
    decaf.client("sqs").create_queue(QueueName="orders")
    file = tmp_path / "policy.json"
    file.write_text(json.dumps(MAY_SEND))
    added = run("access", "add", "alice", "--key", "AKIAALICE", "--secret", "wonderland", "--policy", str(file))
    assert added.stdout == "export AWS_ACCESS_KEY_ID=AKIAALICE\nexport AWS_SECRET_ACCESS_KEY=wonderland\n"
    assert run("access", "show").stdout.splitlines()[-1].split() == [
        "AKIAALICE",
        "arn:aws:iam::000000000000:user/alice",
        "1",
    ]
    allowed = run("access", "check", "--as", "alice", "--action", "sqs:SendMessage", "--on", "orders")
    assert (allowed.exit_code, allowed.stdout) == (0, "Allowed: allowed by Send of an identity-based policy\n")
    denied = run("access", "check", "--as", "alice", "--action", "sqs:DeleteQueue", "--on", "orders")
    assert denied.exit_code == 1
    assert denied.stdout == (
        "Denied: User: arn:aws:iam::000000000000:user/alice is not authorized to perform: sqs:deletequeue on resource: "
        "arn:aws:sqs:us-east-1:000000000000:orders because no identity-based policy allows the sqs:deletequeue action\n"
        'To allow it: {"Effect": "Allow", "Action": "sqs:DeleteQueue", '
        '"Resource": "arn:aws:sqs:us-east-1:000000000000:orders"}\n'
    )
    assert run_json("access", "remove", "AKIAALICE") == {}
    assert run("access", "remove", "AKIAALICE").exit_code == 1


def test_commands_go_on_in_the_name_of_the_account_once_a_user_is_declared(run: Command, decaf: Decaf) -> None:
    assert run("access", "add", "alice").exit_code == 0
    assert run("access", "mode", "enforce").exit_code == 0
    for words in (
        ("create-queue", "orders"),
        ("create-topic", "drinks"),
        ("subscribe", "drinks", "orders"),
        ("send", "orders", "latte"),
        ("publish", "drinks", "mocha"),
        ("receive", "orders"),
    ):
        done = run(*words)
        assert done.exit_code == 0, done.output


def test_roles_and_condition_keys(run_json: JsonCommand, decaf: Decaf) -> None:
    decaf.client("sqs").create_queue(QueueName="orders")
    assert run_json("access", "add", "worker", "--role")["arn"] == (
        "arn:aws:sts::000000000000:assumed-role/worker/local"
    )
    topic = decaf.client("sns").create_topic(Name="sales")["TopicArn"]
    run_json("access", "allow", "sales", "orders")
    check = ("access", "check", "--as", "sns.amazonaws.com", "--action", "sqs:SendMessage", "--on", "orders")
    assert run_json(*check, "--context", f"aws:SourceArn={topic}")["allowed"]


def test_a_topic_is_let_in(run: Command, decaf: Decaf) -> None:
    decaf.client("sqs").create_queue(QueueName="orders")
    topic = decaf.client("sns").create_topic(Name="sales")["TopicArn"]
    first = run("access", "allow", "sales", "orders")
    assert first.exit_code == 0
    (statement,) = json.loads(first.stdout)["Statement"]
    assert statement["Condition"] == {"ArnEquals": {"aws:SourceArn": topic}}
    assert run("access", "allow", topic, "orders").stdout.startswith("It is allowed already: {")
    assert run("access", "allow", "sales", "missing").exit_code == 1
