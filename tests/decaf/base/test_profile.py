"""Profiles: chance that repeats, and which account has which."""

from __future__ import annotations

import pytest

from decaf.base.profile import Profile, ProfileName, Profiles

REALISTIC = Profile("realistic", seed=7)


def test_the_same_question_has_the_same_answer() -> None:
    assert REALISTIC.draw("orders", 1).random() == REALISTIC.draw("orders", 1).random()


@pytest.mark.parametrize(
    "other", [Profile("realistic", seed=8).draw("orders", 1), REALISTIC.draw("orders", 2), REALISTIC.draw("teas", 1)]
)
def test_another_seed_or_question_has_another(other: object) -> None:
    assert getattr(other, "random")() != REALISTIC.draw("orders", 1).random()  # noqa: B009  they are all Randoms


@pytest.mark.parametrize(("name", "seconds"), [("strict", 60), ("relaxed", 0), ("realistic", 60)])
def test_relaxed_alone_has_no_waits(name: ProfileName, seconds: float) -> None:
    assert Profile(name).cooldown(60) == seconds


def test_accounts_without_a_profile_of_their_own_have_different_chances() -> None:
    profiles = Profiles(REALISTIC)
    first, second = profiles.of("111111111111"), profiles.of("222222222222")
    assert (first.name, second.seed) == ("realistic", 7)
    assert first.draw("orders").random() != second.draw("orders").random()


def test_an_account_can_have_a_profile_of_its_own() -> None:
    profiles = Profiles()
    profiles.set(REALISTIC, "111111111111")
    assert (profiles.of("111111111111"), profiles.of("222222222222").name) == (REALISTIC, "strict")
    assert profiles.own() == {"111111111111": REALISTIC}
    profiles.forget("111111111111")
    assert profiles.of("111111111111").name == "strict"


def test_to_forget_all_brings_back_the_first() -> None:
    profiles = Profiles()
    profiles.set(REALISTIC)
    profiles.set(Profile("relaxed"), "111111111111")
    assert profiles.of("222222222222").name == "realistic"
    profiles.forget()
    assert (profiles.of("111111111111").name, profiles.default.name) == ("strict", "strict")
