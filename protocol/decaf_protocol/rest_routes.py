"""Which operation a request of a REST protocol is for: by its method, its path and what its query must have.

Rule: a path is split before it is decoded, so a label may have an encoded slash; one slash at the end is tolerated. Of
the templates that fit, the one with more fixed parts is meant.

Source: Smithy's documentation, "http trait": labels, greedy labels, query literals, specificity.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import msgspec

from decaf_protocol.form import decoded

Labels = dict[str, str]  # by the names in the template, decoded
Query = dict[str, list[str]]  # the values of each name, decoded, in order

_MOST = 4096  # parameters of a query; no call has as many


class Route(msgspec.Struct, frozen=True):
    """One operation's method and template. `query` has names and values that must be there, "" for any value."""

    operation: str
    method: str
    parts: tuple[str, ...]  # of the path; a label is in braces, a greedy one ends in "+}"
    query: tuple[tuple[str, str], ...] = ()
    headers: tuple[str, ...] = ()

    def labels(self, parts: list[str]) -> Labels | None:
        """Returns the labels of a path that fits the template, None for another."""
        greedy = next((place for place, part in enumerate(self.parts) if part.endswith("+}")), None)
        if greedy is not None:
            after = len(self.parts) - greedy - 1
            if len(parts) < len(self.parts):
                return None
            end = len(parts) - after
            parts = [*parts[:greedy], "/".join(parts[greedy:end]), *parts[end:]]
        if len(parts) != len(self.parts):
            return None
        found = {}
        for part, template in zip(parts, self.parts, strict=True):
            if template.startswith("{"):
                if not part:
                    return None
                found[template.strip("{+}")] = _decoded(part)
            elif part != template:
                return None
        return found

    def fits(self, query: Query, headers: Collection[str] = ()) -> bool:
        """Returns whether a request has what the route needs besides method and path."""
        return all(name in query and value in ("", *query[name]) for name, value in self.query) and all(
            name in headers for name in self.headers
        )

    @property
    def weight(self) -> tuple[int, int, int]:
        """More for a route that asks for more."""
        fixed = sum(not part.startswith("{") for part in self.parts)
        return fixed, len(self.parts), len(self.query) + len(self.headers)


def route(
    operation: str, method: str, uri: str, query: Iterable[tuple[str, str]] = (), headers: Iterable[str] = ()
) -> Route:
    """Returns the route of a `requestUri`; `query` and `headers` are needed besides what it has."""
    path, _, fixed = uri.partition("?")
    literals = [(name, values[0]) for name, values in read_query(fixed).items()]
    return Route(operation, method, tuple(_parts(path)), (*literals, *query), tuple(headers))


class Routes:
    """The routes of one service."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._by_method: dict[str, list[Route]] = {}
        for each in sorted(routes, key=lambda each: each.weight, reverse=True):
            self._by_method.setdefault(each.method, []).append(each)

    def find(
        self, method: str, path: str, query: Query, headers: Mapping[str, str] | None = None
    ) -> tuple[Route, Labels] | None:
        """Returns the route of a request, with the labels in its path; None when there is none.

        Raises AWSError MalformedQueryString for a label that is no UTF-8.
        """
        parts = _parts(path)
        for each in self._by_method.get(method, ()):
            labels = each.labels(parts)
            if labels is not None and each.fits(query, headers or ()):
                return each, labels
        return None


def read_query(text: str) -> Query:
    """Returns the parameters of a query string; what follows the 4,096th is left out.

    Raises AWSError MalformedQueryString when it is no UTF-8.
    """
    query: Query = {}
    for pair in text.split("&", _MOST)[:_MOST]:
        name, _, value = pair.partition("=")
        if pair:
            query.setdefault(decoded(name), []).append(decoded(value))
    return query


def _parts(path: str) -> list[str]:
    return path.removesuffix("/").removeprefix("/").split("/")


def _decoded(part: str) -> str:
    return decoded(part.replace("+", "%2B"))  # a plus is a plus in a path
