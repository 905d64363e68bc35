"""Exports resources to a document of any form."""

from __future__ import annotations

import msgspec

from decaf.base.settings import Settings
from decaf.declared.calls import Place
from decaf.declared.export.state import State, state_of
from decaf.declared.export.template import write_template
from decaf.declared.export.toml import write_toml
from decaf.declared.forms import Form
from decaf.store import Store


class NoOnePlace(Exception):
    """A template is for one account and region, and there are several; the text names them."""


class Exported(msgspec.Struct, frozen=True):
    """A document, and notes on resources and attributes that it leaves out."""

    text: str
    notes: tuple[str, ...]


def export(store: Store, settings: Settings, form: Form, account: str | None, region: str | None) -> Exported:
    """Return a document of all resources, or of those of one account or region. Raises NoOnePlace."""
    state = state_of(store, settings, account, region)
    if form == "toml":
        text = write_toml(state, Place(settings.init_account, settings.region))
    else:
        _check_one_place(state)
        text = write_template(state, as_json=form == "cloudformation-json")
    return Exported(text.encode(errors="replace").decode(), tuple(state.notes))


def _check_one_place(state: State) -> None:
    arns = [stated.arn for stated in state.queues]
    arns += [stated.arn for stated in state.topics] + [stated.arn for stated in state.applications]
    places = {(arn.account, arn.region) for arn in arns}
    places |= {(one.owner, one.topic.region) for one in state.subscriptions}
    if len(places) > 1:
        named = ", ".join(f"{account} in {region}" for account, region in sorted(places))
        raise NoOnePlace(f"a template is for one account and one region, choose one: {named}")
