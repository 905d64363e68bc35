"""`decaf mcp`: the control API as tools, called by the MCP SDK's own client over standard input and output."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator
from mcp import Client, StdioServerParameters, stdio_client
from mcp.types import CallToolResult

from decaf.cli import main
from decaf.cli.agent_tools import CHANGING, DESTRUCTIVE, READING, tools
from decaf.testing import Decaf


def agent(url: str, work: Callable[[Client], Awaitable[Any]], *flags: str) -> Any:
    """Starts `decaf mcp` as an agent does, and returns what `work` returns."""
    started = StdioServerParameters(command=sys.executable, args=["-m", "decaf", "mcp", "--url", url, *flags])

    async def talk() -> Any:
        async with Client(stdio_client(started)) as client:
            return await work(client)

    return asyncio.run(talk())


def text(result: CallToolResult) -> str:
    return result.content[0].text  # type: ignore[union-attr]


def test_an_agent_finds_out_what_became_of_a_message(decaf: Decaf, orders: str) -> None:
    sqs = decaf.client("sqs")

    async def work(client: Client) -> None:
        assert "explain" in str(client.instructions)
        (queue,) = (await client.call_tool("queues", {"prefix": "ord"})).structured_content["queues"]
        assert (queue["name"], queue["visible"]) == ("orders", 0)
        mark = (await client.call_tool("mark", {})).structured_content["mark"]
        sent = sqs.send_message(QueueUrl=orders, MessageBody="latte", DelaySeconds=60)
        waited = await client.call_tool("wait", {"kind": "MessageSent", "queue": "orders", "since": mark})
        assert waited.structured_content["happened"]
        (message,) = (await client.call_tool("peek", {"queue": "orders"})).structured_content["messages"]
        assert (message["body"], message["state"]) == ("latte", "delayed")
        await client.call_tool("advance", {"seconds": 60})
        explained = await client.call_tool("explain", {"id": sent["MessageId"]})
        assert explained.structured_content["answer"] == "It is in orders and can be received."
        never = await client.call_tool("never", {"kind": "MessageReceived", "since": mark})
        assert never.structured_content["none"]

    agent(decaf.url, work)


def test_an_agent_makes_calls_fail(decaf: Decaf, orders: str) -> None:
    async def work(client: Client) -> None:
        fault = {
            "effect": {"type": "error", "code": "OverLimit"},
            "match": {"service": "sqs", "operation": ["SendMessage"]},
        }
        added = await client.call_tool("add_fault", fault)
        assert not added.is_error, text(added)
        with pytest.raises(decaf.client("sqs").exceptions.ClientError, match="OverLimit"):
            decaf.client("sqs").send_message(QueueUrl=orders, MessageBody="latte")
        (listed,) = (await client.call_tool("faults", {})).structured_content["faults"]
        assert listed["fired"] == 1
        await client.call_tool("remove_faults", {})
        assert (await client.call_tool("faults", {})).structured_content["faults"] == []

    agent(decaf.url, work)


def test_what_deletes_state_needs_the_flag(decaf: Decaf, orders: str) -> None:
    async def refused(client: Client) -> None:
        assert not {tool.name for tool in (await client.list_tools()).tools} & DESTRUCTIVE.keys()
        result = await client.call_tool("reset", {})
        assert result.is_error
        assert text(result) == "the tool reset needs `decaf mcp --allow-destructive`"

    async def allowed(client: Client) -> None:
        assert {tool.name for tool in (await client.list_tools()).tools} >= DESTRUCTIVE.keys()
        assert not (await client.call_tool("reset", {})).is_error

    agent(decaf.url, refused)
    assert [queue.name for queue in decaf.control.queues()] == ["orders"]
    agent(decaf.url, allowed, "--allow-destructive")
    assert list(decaf.control.queues()) == []


def test_mistakes_are_answered_in_words(decaf: Decaf) -> None:
    async def work(client: Client) -> list[str]:
        calls: list[tuple[str, dict[str, Any]]] = [
            ("peek", {}),
            ("peek", {"queue": "none"}),
            ("wait", {"kind": "Nothing"}),
            ("fly", {}),
        ]
        results = [await client.call_tool(name, arguments) for name, arguments in calls]
        assert all(result.is_error for result in results)
        return [text(result) for result in results]

    missing, unknown, kind, tool = agent(decaf.url, work)
    assert "`queue`" in missing
    assert "none" in unknown
    assert "MessageSent" in kind
    assert tool == "the tool fly does not exist"


def test_without_a_server_a_tool_says_how_to_start_one(decaf: Decaf) -> None:
    decaf.stop()

    async def work(client: Client) -> str:
        return text(await client.call_tool("queues", {}))

    assert agent(decaf.url, work).endswith("Start one: decaf serve")


def test_every_tool_has_a_description_and_a_schema_of_an_object() -> None:
    described = tools(allow_destructive=True)
    assert [tool.name for tool in described] == [*READING, *CHANGING, *DESTRUCTIVE]
    for tool in described:
        assert tool.description
        assert tool.input_schema["type"] == "object"
        Draft202012Validator.check_schema(tool.input_schema)


def test_tools_that_only_read_say_so() -> None:
    hints = {tool.name: tool.annotations for tool in tools(allow_destructive=True)}
    assert {name for name, hint in hints.items() if hint and hint.read_only_hint} == READING.keys()
    assert {name for name, hint in hints.items() if hint and hint.destructive_hint} == DESTRUCTIVE.keys()


def test_without_the_sdk_the_command_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mcp.server", None)
    monkeypatch.delitem(sys.modules, "decaf.cli.agent_tools")
    monkeypatch.delattr("decaf.cli.agent_tools")
    result = CliRunner().invoke(main, ["mcp"])
    assert result.exit_code == 1
    assert result.output == "Error: this needs the MCP SDK, which is in the extra decaf-aws[mcp]: pip install mcp\n"
