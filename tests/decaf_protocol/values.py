"""Values of the shapes of a model, for properties that hold whatever is sent or returned."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from decaf_protocol.models import Shape

_texts = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"]), max_size=5)
_SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "string": _texts,
    "integer": st.integers(0, 2**31 - 1),
    "long": st.integers(0, 2**53),
    "boolean": st.booleans(),
    "blob": st.binary(max_size=5),
    "timestamp": st.just(1335920046.5),
}


def of_shape(shape: Shape) -> st.SearchStrategy[Any]:
    """Values of a shape, without empty lists and maps, which some codecs leave out."""
    if shape.kind == "structure":
        members = {name: of_shape(inner) for name, inner in shape.members.items()}
        needed = {name: members.pop(name) for name in shape.required}
        return st.fixed_dictionaries(needed, optional=members)
    if shape.kind == "list" and shape.element is not None:
        return st.lists(of_shape(shape.element), min_size=1, max_size=2)
    if shape.kind == "map" and shape.element is not None:
        return st.dictionaries(_texts, of_shape(shape.element), min_size=1, max_size=2)
    return _SCALARS[shape.kind]
