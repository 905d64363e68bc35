"""The forms that documents have."""

from __future__ import annotations

from typing import Literal

Format = Literal["toml", "cloudformation"]  # a template may be YAML or JSON
Form = Literal["toml", "cloudformation", "cloudformation-json"]  # as one can be written
