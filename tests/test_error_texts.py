"""docs/errors.md lists every text of an error with its evidence, and nothing else."""

from __future__ import annotations

import pytest

from scripts.error_texts import KINDS, PAGE, SERVICES, Service, evidence_of, plain, render, texts_of


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == render(), "run python -m scripts.error_texts"


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_every_text_has_its_evidence_and_no_evidence_is_of_another(service: Service) -> None:
    known = evidence_of(service)
    found = set(map(plain, texts_of(service)))
    assert sorted(found - known.keys()) == [], f"say in {service.evidence.name} how each is known"
    assert sorted(known.keys() - found) == [], f"no error has these: take them out of {service.evidence.name}"


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_what_is_recorded_or_documented_says_where(service: Service) -> None:
    for text, (kind, source) in evidence_of(service).items():
        assert kind in KINDS
        assert source or kind == "ours", text
