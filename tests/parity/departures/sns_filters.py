"""Where moto's filter policies depart from AWS's."""

from __future__ import annotations

from ..trace import Trace
from .sns_answers import bad
from .table import Departure, departs

_RULER = "answers of the service: the event ruler's texts, with the position of the parser"


def _unreadable(text: str, policy: str, column: int) -> Trace:
    return bad(f'FilterPolicy: {text}\n at [Source: (String)"{policy}"; line: 1, column: {column}]')


DEPARTURES: dict[str, tuple[Departure, ...]] = {
    "sns_filters.on_bodies": departs(
        "SNS Developer Guide, filter policies: null is a value like others",
        {"true and null": ['{"paid": null}', '{"paid": true}']},
    ),
    "sns_filters.setting_and_clearing": departs(
        "answers of the service: an empty policy takes the filter away, and the scope is shown with a policy only",
        {"3 FilterPolicy={}/read": {"FilterPolicy": None, "FilterPolicyScope": None}},
    ),
    "sns_filters.policies_that_are_none": (
        *departs(
            _RULER,
            {
                "no JSON": bad(
                    "FilterPolicy: failed to parse JSON. Unrecognized token 'city': was expecting (JSON String, "
                    "Number, Array, Object or token 'null', 'true' or 'false')\n at [Source: REDACTED "
                    "(`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 5]"
                ),
                "no array": _unreadable('"city" must be an object or an array', '{"city":"Paris"}', 10),
                "an empty array": _unreadable("Empty arrays are not allowed", '{"city":[]}', 11),
                "an array in it": _unreadable(
                    "Match value must be String, number, true, false, or null", '{"city":[["Paris"]]}', 11
                ),
                "an unknown operator": _unreadable(
                    "Unrecognized match type sounds-like", '{"city":[{"sounds-like":"Paris"}]}', 32
                ),
                "numeric of a text": _unreadable("Value of < must be numeric", '{"city":[{"numeric":["<","10"]}]}', 27),
                "exists of a text": _unreadable(
                    "exists match pattern must be either true or false.", '{"city":[{"exists":"yes"}]}', 21
                ),
            },
        ),
        *departs(
            "SNS API Reference, SetSubscriptionAttributes: FilterPolicyScope; text as the service words it",
            {
                "scope": bad(
                    "FilterPolicyScope: Invalid value [Message]. Please use either MessageBody or MessageAttributes"
                )
            },
        ),
    ),
}
