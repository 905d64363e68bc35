"""The policies that SNS refuses, and its words and positions: most as recorded from the real service."""

from __future__ import annotations

import json
from typing import Any

import pytest

from decaf.sns.filters import FilterPolicyError, Scope, compile_policy

VALUES = "JSON String, Number, Array, Object or token 'null', 'true' or 'false'"


def refusal(policy: Any, scope: Scope = "MessageAttributes") -> str:
    text = policy if isinstance(policy, str) else json.dumps(policy, separators=(",", ":"))
    with pytest.raises(FilterPolicyError) as caught:
        compile_policy(text, scope)
    return caught.value.reason


def position(text: str, column: int) -> str:
    return f'\n at [Source: (String)"{text}"; line: 1, column: {column}]'


def redacted(column: int) -> str:
    return f"[Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: {column}]"


RECORDED = [
    ('{"key":[["value"]]}', "Match value must be String, number, true, false, or null", 10),
    ('{"key":[{"wrong-operator":true}]}', "Unrecognized match type wrong-operator", 31),
    ('{"key":[{"suffix":"value","prefix":"value2"}]}', "Only one key allowed in match expression", 37),
    ('{"key":[{"suffix":100}]}', "suffix match pattern must be a string", 22),
    ('{"key":[{"suffix":null}]}', "suffix match pattern must be a string", 23),
    ('{"key":[{"suffix":[]}]}', "suffix match pattern must be a string", 20),
    ('{"key":[{"suffix":["test","test2"]}]}', "suffix match pattern must be a string", 20),
    ('{"key":{"suffix":"value"}}', '"suffix" must be an object or an array', 19),
    ('{"key":{"not-an-operator":"value"}}', '"not-an-operator" must be an object or an array', 28),
    ('{"key_a":"value_one"}', '"key_a" must be an object or an array', 11),
    ('{"key":[{"numeric":[]}]}', "Invalid member in numeric match: ]", 22),
    ('{"key":[{"numeric":["operator"]}]}', "Unrecognized numeric range operator: operator", 32),
    ('{"key":[{"numeric":[1,"<="]}]}', "Invalid member in numeric match: 1", 22),
    ('{"key":[{"numeric":["=","000"]}]}', "Value of equals must be numeric", 26),
    ('{"key":[{"numeric":[">="]}]}', "Value of >= must be numeric", 26),
    ('{"key":[{"numeric":["<",100,">",10]}]}', "Too many elements in numeric expression", 30),
    ('{"key":[{"numeric":[">=",1,">",2]}]}', "Bad numeric range operator: >", 31),
    ('{"key":[{"numeric":[">",3,"<",1]}]}', "Bottom must be less than top", 33),
    ('{"key":[{"numeric":[">",20,"<="]}]}', "Value of <= must be numeric", 33),
    ('{"key":[{"numeric":[">",20,30]}]}', "Bad value in numeric range: 30", 30),
    ('{"key":[{"numeric":[">",20,"test"]}]}', "Bad numeric range operator: test", 34),
    ('{"key":[{"numeric":[">","20","<","30"]}]}', "Value of > must be numeric", 26),
    ('{"key":[{"numeric":[">",20,"<","30"]}]}', "Value of < must be numeric", 33),
    ('{"key":[{"numeric":[">",20,"<",30,"<",50]}]}', "Too many terms in numeric range expression", 36),
    ('{"key":[{"exists":null}]}', "exists match pattern must be either true or false.", 23),
    ('{"key":[{"exists":"no"}]}', "exists match pattern must be either true or false.", 20),
    ('{"key":[{"anything-but":{"wrong-operator":null}}]}', "Unsupported anything-but pattern: wrong-operator", 47),
    ('{"key":[{"anything-but":{"exists":false}}]}', "Unsupported anything-but pattern: exists", 40),
    ('{"key":[{"anything-but":{"prefix":false}}]}', "prefix match pattern must be a string", 40),
]


@pytest.mark.parametrize(("text", "says", "column"), RECORDED)
def test_the_error_is_the_recorded_one(text: str, says: str, column: int) -> None:
    assert refusal(text) == f"FilterPolicy: {says}{position(text, column)}"


@pytest.mark.parametrize(
    ("policy", "says"),
    [
        ([], "Filter is not an object"),
        ("5", "Filter is not an object"),
        ({"key": []}, "Empty arrays are not allowed"),
        ({"key": {}}, "Empty objects are not allowed"),
        ("{}", "Empty objects are not allowed"),
        ({"key": [{}]}, "Match expression name not found"),
        ({"$or": [{"a": ["x"]}]}, "Unrecognized match type a"),
        ({"$or": [{"a": ["x"]}, {}]}, "Empty objects are not allowed"),
        ({"key": [{"prefix": {"suffix": "a"}}]}, "Unsupported prefix pattern: suffix"),
        ({"key": [{"prefix": {"equals-ignore-case": 1}}]}, "equals-ignore-case match pattern must be a string"),
        ({"key": [{"exactly": 1}]}, "exact match pattern must be a string"),
        ({"key": [{"suffix": {}}]}, "Suffix expression name not found"),
        ({"key": [{"equals-ignore-case": 1}]}, "equals-ignore-case match pattern must be a string"),
        ({"key": [{"wildcard": 1}]}, "wildcard match pattern must be a string"),
        ({"key": [{"wildcard": "a**"}]}, "Consecutive wildcard characters at pos 2"),
        ({"key": [{"wildcard": r"a\b"}]}, "Invalid escape character at pos 2"),
        ({"key": [{"anything-but": {"wildcard": ["a**"]}}]}, "Consecutive wildcard characters at pos 2"),
        ({"key": [{"anything-but": {}}]}, "Anything-But expression name not found"),
        ({"key": [{"anything-but": None}]}, "Value of anything-but must be an array or single string/number value."),
        ({"key": [{"anything-but": [None]}]}, "Inside anything but list, start|null|boolean is not supported."),
        (
            {"key": [{"anything-but": ["a", 1]}]},
            "Inside anything but list, either all values are number or string, mixed type is not supported",
        ),
        (
            {"key": [{"anything-but": {"equals-ignore-case": [1]}}]},
            "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.",
        ),
        ({"key": [{"anything-but": {"prefix": ""}}]}, "Null prefix/suffix not allowed"),
        ({"key": [{"anything-but": "a", "prefix": "b"}]}, "Too many elements in numeric expression"),
        ({"key": [{"anything-but": {"prefix": "a", "suffix": "b"}}]}, "Too many elements in numeric expression"),
        ({"key": [{"numeric": ["=", 1], "prefix": "b"}]}, "Too many elements in numeric expression"),
        ({"key": [{"anything-but": {"suffix": ""}}]}, "Null prefix/suffix not allowed"),
        ({"key": [{"anything-but": 1_000_000_001}]}, "Value must be between -1.0E9 and 1.0E9, inclusive"),
        ({"key": [{"numeric": 5}]}, "Value of numeric must be an array."),
        ({"key": [{"numeric": ["=", 1_000_000_001]}]}, "Value must be between -1.0E9 and 1.0E9, inclusive"),
        ({"key": [{"numeric": [">", 1, "<", 1]}]}, "Bottom must be less than top"),
        ({"key": [{"cidr": 5}]}, "prefix match pattern must be a string"),
    ],
)
def test_the_error_has_the_text_of_the_event_ruler(policy: Any, says: str) -> None:
    assert refusal(policy).startswith(f"FilterPolicy: {says}\n at [Source: (String)")


RESERVED = (
    "exactly equals-ignore-case prefix suffix anything-but exists wildcard numeric cidr = < <= > >= regex not-wildcard "
    "not-equals-ignore-case ip-address-in-range ip-address-not-in-range date-after date-on-or-after date-before "
    "date-on-or-before in-date-range"
)


@pytest.mark.parametrize("word", RESERVED.split())
def test_or_is_a_key_where_one_of_its_objects_has_a_reserved_word(word: str) -> None:
    compile_policy('{"$or": [{"a": ["x"]}, {"b": ["y"]}]}', "MessageAttributes")
    assert refusal({"$or": [{"a": ["x"]}, {word: ["y"]}]}).startswith("FilterPolicy: Unrecognized match type a\n")


@pytest.mark.parametrize(
    ("cidr", "says"),
    [
        ("10.0.0.0", "Malformed CIDR, one '/' required"),
        ("10.0.0.0/", "Malformed CIDR, one '/' required"),
        ("10.0.0.0/x", "Malformed CIDR, mask bits must be an integer"),
        ("10.0.0.0/8X", "Malformed CIDR, mask bits must be an integer"),
        ("10.0.0.0/-1", "Malformed CIDR, mask bits must not be negative"),
        ("10.0.0/8", "Nonstandard IP address: 10.0.0"),
        ("10.0.0.0/32", "IPv4 mask bits must be < 32"),
        ("::1/128", "IPv6 mask bits must be < 128"),
    ],
)
def test_a_malformed_cidr_is_refused_without_a_position(cidr: str, says: str) -> None:
    assert refusal({"key": [{"cidr": cidr}]}) == f"FilterPolicy: {says}"


UNREADABLE = [
    # The first is as recorded; the others have jackson-core 2.17's sentences and positions.
    ("{invalidjson}", "Unexpected character ('i' (code 105)): was expecting double-quote to start field name", 2),
    ('{"a" 1}', "Unexpected character ('1' (code 49)): was expecting a colon to separate field name and value", 6),
    ('{"a":[1 2]}', "Unexpected character ('2' (code 50)): was expecting comma to separate Array entries", 9),
    ('{"a":[1]"b"', "Unexpected character ('\"' (code 34)): was expecting comma to separate Object entries", 9),
    ('{"a":["b"', f"Unexpected end-of-input: expected close marker for Array (start marker at {redacted(6)})", 10),
    ("{", f"Unexpected end-of-input: expected close marker for Object (start marker at {redacted(1)})", 2),
    ('{"a":', "Unexpected end-of-input within/between Object entries", 6),
    ('{"a":["b', "Unexpected end-of-input: was expecting closing quote for a string value", 9),
    ('[{"a":1}', f"Unexpected end-of-input: expected close marker for Array (start marker at {redacted(1)})", 9),
    ('{"a":{"b":[1]', f"Unexpected end-of-input: expected close marker for Object (start marker at {redacted(6)})", 14),
    ('{"a":[tru]}', f"Unrecognized token 'tru': was expecting ({VALUES})", 10),
    ('{"a":[@]}', f"Unexpected character ('@' (code 64)): expected a valid value ({VALUES})", 7),
    (
        '{"a":["\n"]}',
        "Illegal unquoted character ((CTRL-CHAR, code 10)): has to be escaped using backslash to be "
        "included in string value",
        8,
    ),
    (
        "nothing",
        "Unrecognized token 'nothing': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or "
        "'false')",
        8,
    ),
]


@pytest.mark.parametrize(("text", "says", "column"), UNREADABLE)
def test_a_policy_that_is_not_json_fails_to_parse(text: str, says: str, column: int) -> None:
    assert refusal(text) == f"FilterPolicy: failed to parse JSON. {says}\n at {redacted(column)}"


@pytest.mark.parametrize("word", ["NaN", "-Infinity"])
def test_words_for_numbers_that_json_does_not_have_fail_to_parse(word: str) -> None:
    says = f"Unrecognized token '{word.removeprefix('-')}': was expecting ({VALUES})"
    assert refusal(f'{{"a":[{word}]}}') == f"FilterPolicy: failed to parse JSON. {says}"


@pytest.mark.parametrize("text", ['{"a":[tru]}', '{"a":[NaN]}', "\x00", '{"a":["\n"]}', "[" * 100_000, '{"a":["\\x"]}'])
def test_nothing_but_json_gets_through(text: str) -> None:
    assert refusal(text).startswith("FilterPolicy: failed to parse JSON. ")


def test_a_position_is_in_the_policy_written_without_blanks_of_which_500_characters_are_quoted() -> None:
    says = "exists match pattern must be either true or false."
    at = position('{"key":[{"exists":1}]}', 20)
    assert refusal('{\n "key" : [\n  {"exists": 1} ]}') == f"FilterPolicy: {says}{at}"
    long = '{"é":["' + "x" * 600 + '",{"exists":1}]}'
    shown = f'"{long[:500]}"[truncated {len(long) - 500} chars]'
    assert refusal(long) == f"FilterPolicy: {says}\n at [Source: (String){shown}; line: 1, column: {len(long) - 2}]"


def test_the_position_in_what_is_not_json_counts_lines() -> None:
    assert refusal('\n{"a": [1]\n  "b"\n}').endswith("; line: 3, column: 3]")


def test_a_policy_of_500_characters_is_quoted_whole() -> None:
    text = '{"key":["' + "x" * 475 + '",{"exists":1}]}'
    assert len(text) == 500
    assert f'(String)"{text}"; line: 1' in refusal(text)


def test_attributes_do_not_nest() -> None:
    says = "Filter policy scope MessageAttributes does not support nested filter policy"
    assert refusal({"object": {"key": ["a"]}}) == says
    compile_policy('{"object.key": ["a"]}', "MessageAttributes")


# --- limits ------------------------------------------------------------------------------------------------

TOO_COMPLEX = "FilterPolicy: Filter policy is too complex"
TOO_MANY_KEYS = "FilterPolicy: Filter policy can not have more than 5 keys"


def values(count: int) -> list[str]:
    return [f"value{number}" for number in range(count)]


@pytest.mark.parametrize(
    ("policy", "combinations"),
    [
        ({"a": values(150)}, 150),
        ({"a": values(10), "b": values(5), "c": values(3)}, 150),
        ({"a": {"b": {"c": values(4)}}, "d": {"e": values(4)}}, 96),
        ({"Records": {"s3": {"object": {"key": values(37)}}}}, 148),
        (
            {
                "source": values(3),
                "$or": [{"a": values(6)}, {"b": values(4), "$or": [{"c": values(4)}, {"d": values(7)}]}],
            },
            150,
        ),
        ({"a": [{"anything-but": values(200)}]}, 1),
        ({"$or": [{"a": ["x"]}] * 150}, 150),
    ],
)
def test_up_to_150_combinations_are_taken(policy: Any, combinations: int) -> None:
    assert combinations <= 150
    compile_policy(json.dumps(policy), "MessageBody")


@pytest.mark.parametrize(
    "policy",
    [
        {"a": values(151)},
        {"a": values(100), "b": values(51)},
        {"a": {"b": {"c": values(4)}}, "d": {"e": values(3)}, "f": values(3)},
        {"Records": {"s3": {"object": {"key": values(38)}}}},
        {
            "source": values(4),
            "$or": [{"a": values(6)}, {"b": values(4), "$or": [{"c": values(4)}, {"d": values(4)}]}],
        },
        {
            "$or": [{"metricName": values(3)}, {"namespace": values(2)}],
            "detail": {"scope": values(2), "$or": [{"source": values(1)}, {"type": values(3)}]},
        },
    ],
)
def test_more_than_150_combinations_are_too_complex(policy: Any) -> None:
    assert refusal(policy, "MessageBody") == TOO_COMPLEX


def test_the_alternatives_of_nested_or_are_not_counted_one_by_one() -> None:
    policy: Any = {"a": ["x"]}
    for _ in range(60):
        policy = {"$or": [policy, {"b": ["y"]}], "c": {"$or": [{"d": [1]}, {"e": [2]}]}}
    assert refusal(policy, "MessageBody") == TOO_COMPLEX


def test_a_policy_nested_beyond_reason_is_too_complex() -> None:
    depth = 900
    assert refusal('{"a":' * depth + "[1]" + "}" * depth, "MessageBody") == TOO_COMPLEX


@pytest.mark.parametrize("number", [-1_000_000_000, 1_000_000_000])
def test_numbers_are_taken_up_to_a_thousand_million(number: int) -> None:
    compile_policy(json.dumps({"key": [{"numeric": ["=", number]}]}), "MessageAttributes")


def test_up_to_five_keys_are_taken_and_only_leaves_count() -> None:
    """Recorded in 2026-10."""
    compile_policy(json.dumps({key: [1] for key in "abcde"}), "MessageAttributes")
    compile_policy(json.dumps({"p": {key: [1] for key in "abc"}, "q": {"r": {"d": [1], "e": [1]}}}), "MessageBody")
    assert refusal({key: [1] for key in "abcdef"}) == TOO_MANY_KEYS
    assert refusal({"p": {key: [1] for key in "abcdef"}}, "MessageBody") == TOO_MANY_KEYS
    assert refusal({key: {"x": [1]} for key in "abcdef"}, "MessageBody") == TOO_MANY_KEYS
    compile_policy('{"a":{"x":[1]},"$or":[{"b":[1]},{"b":[2],"c":[1]}],"d":{"x":[1],"y":[1]}}', "MessageBody")


@pytest.mark.parametrize(
    ("patterns", "taken"),
    [
        ([f"*{number}" for number in range(10)], True),  # 10 points x 10 patterns
        ([f"*{number}" for number in range(11)], False),
        ([f"*/{number}/*" for number in range(4)], True),  # 6 points each: 24 x 4
        ([f"*/{number}/*" for number in range(5)], False),
        (["*a*b*c"], True),
        (["*a*b*c*"], False),  # three wildcards are the most in one pattern
    ],
)
def test_wildcards_have_a_budget_of_100_points(patterns: list[str], taken: bool) -> None:
    policy = {"key": [{"wildcard": pattern} for pattern in patterns]}
    if taken:
        compile_policy(json.dumps(policy), "MessageAttributes")
    else:
        assert refusal(policy) == TOO_COMPLEX


def test_the_points_of_all_keys_are_counted_together() -> None:
    policy = {"key": [{"wildcard": f"*{number}"} for number in range(10)]}
    compile_policy(json.dumps(policy | {"other": ["x"]}), "MessageAttributes")
    assert refusal(policy | {"other": [{"wildcard": "*x"}]}) == TOO_COMPLEX


def test_an_anything_but_wildcard_is_one_point_however_many_wildcards_it_has() -> None:
    compile_policy(json.dumps({"a": [{"anything-but": {"wildcard": ["*a*", "*b*"]}}]}), "MessageAttributes")
    ten = {"a": [{"anything-but": {"wildcard": [f"*{number}*" for number in range(10)]}}]}
    compile_policy(json.dumps(ten), "MessageAttributes")
    many = {"a": [{"anything-but": {"wildcard": [f"*{number}*" for number in range(11)]}}]}
    assert refusal(many) == TOO_COMPLEX


def test_a_policy_has_at_most_256_kilobytes() -> None:
    def of_size(count: int) -> str:
        return json.dumps({"a": ["x" * (count - len(json.dumps({"a": [""]})))]})

    compile_policy(of_size(262_144), "MessageAttributes")
    assert refusal(of_size(262_145)) == "FilterPolicy: Filter policy is too long"
