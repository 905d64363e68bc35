"""Which operation a method and a path are for."""

from __future__ import annotations

import pytest

from decaf_protocol.rest_routes import Routes, read_query, route

ROUTES = Routes(
    [
        route("List", "GET", "/v1/things"),
        route("Find", "GET", "/v1/things?find=one"),
        route("Get", "GET", "/v1/things/{Name}"),
        route("GetFirst", "GET", "/v1/things/first"),
        route("Put", "PUT", "/v1/things/{Name}"),
        route("Parts", "GET", "/v1/things/{Name}/parts/{Part}"),
        route("File", "GET", "/files/{Folder}/{Path+}"),
        route("Versions", "GET", "/files/{Folder}/{Path+}/versions"),
        route("Root", "GET", "/"),
    ]
)


def found(method: str, target: str) -> tuple[str, dict[str, str]] | None:
    path, _, query = target.partition("?")
    each = ROUTES.find(method, path, read_query(query))
    return None if each is None else (each[0].operation, each[1])


@pytest.mark.parametrize(
    ("method", "target", "operation", "labels"),
    [
        ("GET", "/v1/things", "List", {}),
        ("GET", "/v1/things/", "List", {}),
        ("GET", "/v1/things?limit=1", "List", {}),
        ("GET", "/v1/things?limit=1&find=one", "Find", {}),
        ("GET", "/v1/things?find=two", "List", {}),
        ("GET", "/v1/things/cup", "Get", {"Name": "cup"}),
        ("PUT", "/v1/things/cup/", "Put", {"Name": "cup"}),
        ("GET", "/v1/things/first", "GetFirst", {}),
        ("GET", "/v1/things/a:b", "Get", {"Name": "a:b"}),
        ("GET", "/v1/things/a%3Ab%2Fc", "Get", {"Name": "a:b/c"}),
        ("GET", "/v1/things/a+b%20c", "Get", {"Name": "a+b c"}),
        ("GET", "/v1/things/caf%C3%A9/parts/1", "Parts", {"Name": "café", "Part": "1"}),
        ("GET", "/files/f/a/b%2Fc", "File", {"Folder": "f", "Path": "a/b/c"}),
        ("GET", "/files/f/a/b/versions", "Versions", {"Folder": "f", "Path": "a/b"}),
        ("GET", "/", "Root", {}),
    ],
)
def test_a_request_finds_its_operation(method: str, target: str, operation: str, labels: dict[str, str]) -> None:
    assert found(method, target) == (operation, labels)


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("DELETE", "/v1/things"),
        ("GET", "/v1"),
        ("GET", "/v1/things//parts/1"),
        ("GET", "/files/f"),
        ("GET", "/V1/things"),
    ],
)
def test_other_paths_and_methods_find_none(method: str, target: str) -> None:
    assert found(method, target) is None


def test_a_query_has_all_values_of_a_name_in_order() -> None:
    assert read_query("a=1&b=x%20y+z&a=2&c&=&") == {"a": ["1", "2"], "b": ["x y z"], "c": [""], "": [""]}
