"""Documents over the control API: declared, created again after a reset, and exported."""

from __future__ import annotations

import json

from tests.decaf.control.bench import Bench
from tests.decaf.sns.cloud import ACCOUNT

WORLD = """
[[queues]]
name = "orders"
[[topics]]
name = "news"
"""
TEMPLATE = """
Parameters: {Stage: {Type: String}}
Resources:
  Orders: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub "${Stage}-orders"}}
  Brew: {Type: AWS::Lambda::Function}
"""


def names(bench: Bench, account: str | None = None) -> list[str]:
    found = bench.get("/queues", **({"account": account} if account else {}))["queues"]
    return [queue["name"] for queue in found]


def test_a_document_is_created_in_the_account_of_the_request(bench: Bench) -> None:
    answer = bench.post("/declare", text=WORLD, format="toml", account=ACCOUNT, region="eu-west-1")
    assert answer == {
        "created": [
            {"resource": "queue orders", "arn": f"arn:aws:sqs:eu-west-1:{ACCOUNT}:orders", "change": "created"},
            {"resource": "topic news", "arn": f"arn:aws:sns:eu-west-1:{ACCOUNT}:news", "change": "created"},
        ],
        "notes": [],
        "deleted": [],
    }
    assert bench.sqs("ListQueues", region="eu-west-1")["QueueUrls"] != []


def test_without_an_account_it_is_the_usual_one(bench: Bench) -> None:
    bench.post("/declare", text=WORLD, format="toml")
    assert names(bench, "000000000000") == ["orders"]


def test_a_template_takes_parameters_and_skips_other_services(bench: Bench) -> None:
    asked = {"text": TEMPLATE, "format": "cloudformation", "parameters": {"Stage": "dev"}}
    answer = bench.post("/declare", **asked)
    assert [made["resource"] for made in answer["created"]] == ["Orders"]
    (note,) = answer["notes"]
    assert note.startswith(
        "document: functions are left out, as nothing here can run them (Brew: no runtime of Python)"
    )
    assert names(bench) == ["dev-orders"]
    refused = bench.post("/declare", **asked, skip_others=False)
    assert refused[0] == 400
    assert "document:5: Brew: AWS::Lambda::Function is not a resource type of SQS or SNS" in refused[1]


def test_a_template_takes_values_of_ssm_parameters(bench: Bench) -> None:
    text = "Resources: {Orders: {Type: AWS::SQS::Queue, Properties: {QueueName: '{{resolve:ssm:/name}}'}}}"
    bench.post("/declare", text=text, format="cloudformation", ssm_parameters={"/name": "orders"})
    assert names(bench) == ["orders"]


def test_a_template_declared_again_says_what_it_did(bench: Bench) -> None:
    text = "Resources: {Orders: {Type: AWS::SQS::Queue, Properties: {QueueName: %s}}}"
    bench.post("/declare", text=text % "orders", format="cloudformation", stack_name="shop")
    answer = bench.post("/declare", text=text % "drinks", format="cloudformation", stack_name="shop")
    assert [(one["resource"], one["change"]) for one in answer["created"]] == [("Orders", "replaced")]
    answer = bench.post("/declare", text="Resources: {}", format="cloudformation", stack_name="shop")
    assert answer["deleted"] == [
        {"resource": "Orders", "arn": "arn:aws:sqs:us-east-1:000000000000:drinks", "change": "deleted"}
    ]
    assert names(bench) == []


def test_a_bad_declaration_is_refused_with_its_line(bench: Bench) -> None:
    refused = bench.post("/declare", text=TEMPLATE, format="cloudformation")
    assert refused == (400, "document:2: Orders: the parameter Stage has no value: give one by --parameter Stage=...")
    assert bench.post("/declare", text="[[queues]]\nname = 'a b'", format="toml")[0] == 400
    assert bench.post("/declare", text=WORLD, format="toml", account="1")[0] == 400
    assert bench.post("/declare", text=WORLD, format="toml", region="x y")[0] == 400
    assert bench.post("/declare", text=WORLD, format="yaml")[0] == 400
    assert names(bench) == []


def test_a_reset_leaves_nothing_unless_declared_resources_are_requested() -> None:
    bench = Bench(queues=({"name": "start"},))
    bench.world.declared.start("localhost")
    bench.post("/declare", text=WORLD, format="toml")
    bench.queue("other")
    bench.post("/reset", declared=True)
    assert names(bench) == ["orders", "start"]
    bench.post("/reset")
    assert names(bench) == []
    bench.post("/reset", declared=True)
    assert names(bench) == ["start"]


def test_a_reset_of_an_account_creates_again_what_was_declared_there(bench: Bench) -> None:
    for account in (ACCOUNT, "222222222222"):
        bench.post("/declare", text=WORLD, format="toml", account=account)
    bench.send("orders", "latte")
    bench.post("/reset", account=ACCOUNT, declared=True)
    assert bench.get("/messages", queue=f"{ACCOUNT}/orders")["messages"] == []
    assert names(bench) == ["orders", "orders"]
    bench.post("/reset", account=ACCOUNT)
    bench.post("/reset", declared=True)
    assert names(bench) == ["orders"]


def test_a_reset_that_cannot_create_again_is_refused(bench: Bench) -> None:
    bench.post("/declare", text="[[queues]]\nname = 'orders'\nDelaySeconds = 1", format="toml")
    bench.sqs("SetQueueAttributes", "000000000000", QueueUrl="orders", Attributes={"DelaySeconds": "2"})
    bench.post("/declare", text="[[queues]]\nname = 'orders'\nDelaySeconds = 2", format="toml")
    status, said = bench.post("/reset", declared=True)
    assert (status, "QueueAlreadyExists" in said) == (400, True)


def test_an_export_can_be_declared(bench: Bench) -> None:
    bench.post("/declare", text=WORLD, format="toml", account=ACCOUNT)
    exported = bench.get("/export")
    assert exported["notes"] == []
    bench.post("/reset")
    bench.post("/declare", text=exported["text"], format="toml")
    assert names(bench, ACCOUNT) == ["orders"]
    template = json.loads(bench.get("/export", format="cloudformation-json", account=ACCOUNT)["text"])
    assert list(template["Resources"]) == ["OrdersQueue", "NewsTopic"]


def test_an_export_that_is_no_one_place_is_refused(bench: Bench) -> None:
    for account in (ACCOUNT, "222222222222"):
        bench.post("/declare", text=WORLD, format="toml", account=account)
    assert bench.get("/export", format="cloudformation")[0] == 400
    assert "222222222222" not in bench.get("/export", format="cloudformation", account=ACCOUNT)["text"]
