"""Regular expressions from outside: those that may take longer than linear time are refused before they run."""

from __future__ import annotations

import pytest

from decaf.base.linear_pattern import NotLinear, compile_linear


@pytest.mark.parametrize(
    "expression",
    [
        r"EID-\d{9}-US",
        r"[A-Z]{2}\d{6,}",
        r"\d+",
        r"(?:EMP|ID)-[0-9a-f]+",
        r"\w{1,64}@example\.com",
        r"\d{1,3}\.\d{1,3}\.\d{1,3}",
        r"\b[A-Z]{3}\b",
        r"a?b?c",
    ],
)
def test_an_expression_with_limits_is_compiled(expression: str) -> None:
    assert compile_linear(expression).pattern == expression


@pytest.mark.parametrize(
    "expression",
    [
        r"(a+)+$",
        r"(a|a)+$",
        r"(a|aa)*b",
        r"a*a*b",
        r"a+b",
        r"\d+$",
        r"\w+@example\.com",
        r".*=.*",
        r"(?=.*a)b",
        r"(a?){50}a{50}",
        r"(?:a{1,1000}){1,1000}",
        r"a{0,4000000000}b",
        r"a{100000}",
        r"((a{0,9}){0,9}){0,9}b",
        r"(a+)\1",
        r"a*?a*?b",
    ],
)
def test_an_expression_that_may_take_longer_is_refused(expression: str) -> None:
    with pytest.raises(NotLinear):
        compile_linear(expression)
