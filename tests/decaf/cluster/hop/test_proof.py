"""The proof of the cluster's secret: it holds for one side of one connection between two nodes."""

from __future__ import annotations

import pytest

from decaf.cluster.hop.proof import NONCE_SIZE, is_proof, make_nonce, prove

NODES, NONCES = ("a", "b"), (b"1", b"2")


def test_a_proof_is_the_same_for_both_sides_of_a_connection() -> None:
    proof = prove(b"secret", "dialling", NODES, NONCES)
    assert is_proof(proof, prove(b"secret", "dialling", NODES, NONCES))


@pytest.mark.parametrize(
    "other",
    [
        prove(b"wrong", "dialling", NODES, NONCES),
        prove(b"secret", "answering", NODES, NONCES),
        prove(b"secret", "dialling", ("b", "a"), NONCES),
        prove(b"secret", "dialling", NODES, (b"2", b"1")),
        prove(b"secret", "dialling", NODES, (b"12", b"")),
        prove(b"secret", "dialling", ("ab", ""), NONCES),
        b"",
    ],
)
def test_a_proof_is_good_for_nothing_else(other: bytes) -> None:
    assert not is_proof(other, prove(b"secret", "dialling", NODES, NONCES))


def test_no_two_connections_have_the_same_number() -> None:
    assert len({make_nonce() for _ in range(100)}) == 100
    assert len(make_nonce()) == NONCE_SIZE
