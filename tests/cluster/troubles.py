"""What can go wrong with nodes, their database, and the connections between them: each for some time, then it is over.

Each returns when all processes run again; the nodes may not have recovered by then.
"""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import Awaitable, Callable

from tests.cluster.cluster import LEASE, Cluster, Node

Trouble = Callable[[Cluster, random.Random], Awaitable[None]]


async def kill_the_active_node(cluster: Cluster, chance: random.Random) -> None:
    await _kill(await cluster.some_node_is_active(), chance.uniform(0, 2 * LEASE))


async def kill_any_node(cluster: Cluster, chance: random.Random) -> None:
    await _kill(chance.choice(cluster.nodes), chance.uniform(0, LEASE))


async def _kill(node: Node, for_seconds: float) -> None:
    await node.kill()
    await asyncio.sleep(for_seconds)
    node.start()
    await node.listens()


async def stop_the_active_node(cluster: Cluster, _: random.Random) -> None:
    """Stop it for longer than its lease; then it goes on, and does not know that it was stopped."""
    node = await cluster.some_node_is_active()
    node.signal(signal.SIGSTOP)
    await asyncio.sleep(2 * LEASE)
    node.signal(signal.SIGCONT)


async def stop_a_node_for_less_than_its_lease(cluster: Cluster, chance: random.Random) -> None:
    node = chance.choice(cluster.nodes)
    node.signal(signal.SIGSTOP)
    await asyncio.sleep(chance.uniform(0, 0.9 * LEASE))
    node.signal(signal.SIGCONT)


async def crash_the_database(cluster: Cluster, _: random.Random) -> None:
    await asyncio.to_thread(cluster.postgres.stop, "immediate")
    await asyncio.to_thread(cluster.postgres.start)


async def cut_connections_to_the_database(cluster: Cluster, chance: random.Random) -> None:
    for _ in range(5):
        chance.choice(cluster.nodes).to_database.cut()
        await asyncio.sleep(chance.uniform(0, 0.2))


async def lose_answers_to_commits(cluster: Cluster, chance: random.Random) -> None:
    node = await cluster.some_node_is_active()
    for _ in range(5):
        before = node.to_database.commits_cut
        node.to_database.cut_next_commit()
        for _ in range(40):
            await asyncio.sleep(0.05)
            if node.to_database.commits_cut > before:
                break
        await asyncio.sleep(chance.uniform(0, 0.3))


async def cut_off_the_active_node_from_the_database(cluster: Cluster, chance: random.Random) -> None:
    """Its connections stay open, and nothing comes through, for longer than its lease."""
    node = await cluster.some_node_is_active()
    node.to_database.half_open = True
    await asyncio.sleep(chance.uniform(1, 2) * LEASE)
    node.to_database.half_open = False


async def refuse_connections_to_the_database(cluster: Cluster, chance: random.Random) -> None:
    node = await cluster.some_node_is_active()
    node.to_database.refuses = True
    node.to_database.cut()
    await asyncio.sleep(chance.uniform(0.2, 2) * LEASE)
    node.to_database.refuses = False


async def slow_down_the_database(cluster: Cluster, chance: random.Random) -> None:
    for node in cluster.nodes:
        node.to_database.delay = chance.uniform(0, 0.1)
    await asyncio.sleep(LEASE)
    for node in cluster.nodes:
        node.to_database.delay = 0.0


async def cut_connections_between_nodes(cluster: Cluster, chance: random.Random) -> None:
    for _ in range(5):
        for node in cluster.nodes:
            node.from_nodes.cut()
        await asyncio.sleep(chance.uniform(0, 0.3))


async def let_nothing_through_between_nodes(cluster: Cluster, chance: random.Random) -> None:
    for node in cluster.nodes:
        node.from_nodes.half_open = True
    await asyncio.sleep(chance.uniform(0.5, 1) * LEASE)
    for node in cluster.nodes:
        node.from_nodes.half_open = False
        node.from_nodes.cut()


async def slow_down_connections_between_nodes(cluster: Cluster, chance: random.Random) -> None:
    for node in cluster.nodes:
        node.from_nodes.delay = chance.uniform(0, 0.2)
    await asyncio.sleep(LEASE)
    for node in cluster.nodes:
        node.from_nodes.delay = 0.0


async def stop_any_node(cluster: Cluster, chance: random.Random) -> None:
    """Stop it for longer than its lease, or that of the node that it passes requests on to."""
    node = chance.choice(cluster.nodes)
    node.signal(signal.SIGSTOP)
    await asyncio.sleep(chance.uniform(1, 3) * LEASE)
    node.signal(signal.SIGCONT)


async def restart_the_active_node(cluster: Cluster, _: random.Random) -> None:
    node = await cluster.some_node_is_active()
    node.signal(signal.SIGTERM)
    assert await node.wait() == 0, node.log()[-4000:]
    node.start()
    await node.listens()


OTHERS: tuple[Trouble, ...] = (
    stop_a_node_for_less_than_its_lease,
    cut_connections_to_the_database,
    lose_answers_to_commits,
    cut_off_the_active_node_from_the_database,
    refuse_connections_to_the_database,
    slow_down_the_database,
    cut_connections_between_nodes,
    let_nothing_through_between_nodes,
    slow_down_connections_between_nodes,
    stop_any_node,
    restart_the_active_node,
)
