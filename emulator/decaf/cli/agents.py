"""The command that serves tools for coding agents."""

from __future__ import annotations

import asyncio

import click

from decaf.cli.address import settings_of, url_of


@click.command()
@click.option("--url", envvar="DECAF_URL", help="the server's address [DECAF_URL, else the address of `decaf serve`]")
@click.option("--allow-destructive", is_flag=True, help="tools that delete or replace state too: reset and others")
def mcp(url: str | None, allow_destructive: bool) -> None:
    """Serve the control API as MCP tools on standard input and output.

    Coding agents and other MCP clients start this command themselves. It needs the extra `decaf-aws[mcp]`.
    """
    try:
        from decaf.cli import agent_tools
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "mcp":
            raise
        raise click.ClickException(
            "this needs the MCP SDK, which is in the extra decaf-aws[mcp]: pip install mcp"
        ) from None
    asyncio.run(agent_tools.serve(url or url_of(settings_of(None, {})), allow_destructive))


COMMANDS = (mcp,)
