"""The modules of a page as one script, for a file that opens without a server: browsers load no module from a file.

Rule: a module imports by `import { names } from "./path.js";`, on one line each, and exports declarations. Each becomes
a function of its own, so that names of two modules never meet.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from pathlib import PurePosixPath

_IMPORT = re.compile(r'^import \{ ([\w$, ]+) \} from "([\w./]+)";$', re.MULTILINE)
_EXPORT = re.compile(r"^export ((?:async function|function|class|const|let) ([\w$]+))", re.MULTILINE)
_OTHER_FORMS = ("import ", "import{", "import*", "export ", "export{", "export*")
_ENDS_SCRIPT = re.compile(r"</script|<!--", re.IGNORECASE)


@cache
def bundled(entry: str) -> str:
    """Returns a script that does what the module `entry` does, named by its path below the folder of the page.

    Raises ValueError for modules that import or export in another way, or in a circle.
    """
    parts: dict[str, str] = {}
    _add(entry, parts, ())
    script = "".join(parts.values())
    if _ENDS_SCRIPT.search(script):
        raise ValueError("a module has a text that would end the script")
    return script


def text_of(name: str) -> str:
    """Returns the text of a file of the page."""
    return (files("decaf.page") / name).read_text(encoding="utf-8")


def _add(name: str, parts: dict[str, str], importing: tuple[str, ...]) -> None:
    if name in importing:
        raise ValueError(f"modules import each other in a circle: {' -> '.join((*importing, name))}")
    if name in parts:
        return
    source = text_of(name)
    for _, path in _IMPORT.findall(source):
        _add(_resolved(name, path), parts, (*importing, name))
    source = _IMPORT.sub(lambda found: _taken(found[1], _variable(_resolved(name, found[2]))), source)
    exported = [found[1] for found in _EXPORT.findall(source)]
    source = _EXPORT.sub(r"\1", source)
    for line in source.splitlines():
        if line.startswith(_OTHER_FORMS):
            raise ValueError(f"{name} has an import or export of another form: {line}")
    parts[name] = f"const {_variable(name)} = (() => {{\n{source}return {{ {', '.join(exported)} }};\n}})();\n"


def _taken(names: str, module: str) -> str:
    """Returns an import as a declaration: `{ a as b }` takes `a` by the name `b`."""
    return f"const {{ {names.replace(' as ', ': ')} }} = {module};"


def _resolved(name: str, path: str) -> str:
    parts: list[str] = list(PurePosixPath(name).parent.parts)
    for part in PurePosixPath(path).parts:
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)


def _variable(name: str) -> str:
    return "$" + re.sub(r"\W", "_", name.removesuffix(".js"))
