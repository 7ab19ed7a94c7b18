"""Writes docs/running/settings.md from the descriptions in `chatbox.settings`, so that the two cannot differ.

python scripts/write_settings_doc.py
"""

from pathlib import Path
from types import NoneType
from typing import Literal, get_args, get_origin

from annotated_types import Ge, Le, MinLen
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from chatbox.settings import Settings

PAGE = Path(__file__).resolve().parent.parent / "docs/running/settings.md"
HEAD = """# Settings

Chatbox reads its settings from environment variables, or from a file named `.env` in the folder it is started in;
a variable goes before the file. None of them is needed: without any, everything is embedded and listens on this
machine only.

This page is made from `src/chatbox/settings.py` by `make docs`.

| variable | what it does | values | default |
|---|---|---|---|
"""
COMPUTED_DEFAULTS = {"data_dir": "`~/.local/share/chatbox`; `make run` takes `./data`"}


def page() -> str:
    """The whole page."""
    prefix = Settings.model_config["env_prefix"]
    rows = [row(f"{prefix}{name}".upper(), name, field) for name, field in Settings.model_fields.items()]
    return HEAD + "\n".join(rows) + "\n"


def row(variable: str, name: str, field: FieldInfo) -> str:
    """One line of the table. Raises `ValueError` for a setting without a description."""
    if not field.description:
        raise ValueError(f"the setting {name} has no description")
    cells = [f"`{variable}`", field.description, values(field), COMPUTED_DEFAULTS.get(name) or default(field)]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def values(field: FieldInfo) -> str:
    """What can be written there, in words."""
    kinds = [kind for kind in get_args(field.annotation) or (field.annotation,) if kind is not NoneType]
    if get_origin(field.annotation) is Literal:
        return ", ".join(f"`{choice}`" for choice in get_args(field.annotation))
    limits = {type(limit): limit for limit in field.metadata}
    low, high, shortest = limits.get(Ge), limits.get(Le), limits.get(MinLen)
    if kinds[0] is bool:
        return "`true`, `false`"
    if isinstance(low, Ge) and isinstance(high, Le):
        return f"{low.ge} to {high.le}"
    if isinstance(low, Ge):
        return f"{low.ge} or more"
    if isinstance(shortest, MinLen):
        return f"{shortest.min_length} characters or more, secret"
    return "text, secret" if kinds[0] is SecretStr else "a folder" if kinds[0] is Path else "text"


def default(field: FieldInfo) -> str:
    """The default as one would write it."""
    if field.default is None or field.default == "":
        return "empty"
    return f"`{str(field.default).lower() if isinstance(field.default, bool) else field.default}`"


if __name__ == "__main__":
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(), "utf-8")
