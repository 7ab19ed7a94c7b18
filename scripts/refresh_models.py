"""Makes src/chatbox/providers/data/models.json anew: what models cost and can do, from two public collections.

Run at maintenance time: `PYTHONPATH=src python scripts/refresh_models.py`. It needs the package index and writes one
file. Both sources are MIT licensed: `genai-prices` (prices, some context windows) is installed into a throw-away
environment and asked for its data; of `litellm` only one JSON file is taken out of the wheel (limits, abilities, prices
that the other lacks). litellm is neither installed nor imported: releases of it have carried code that steals keys.
"""

import json
import re
import subprocess
import sys
import tempfile
import venv
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from chatbox.providers.catalog import base_name

TARGET = Path(__file__).parent.parent / "src/chatbox/providers/data/models.json"
LARGEST_BYTES = 100_000
LITELLM_FILE = "litellm/model_prices_and_context_window_backup.json"

# our name: (genai-prices' id, litellm's provider)
PROVIDERS = {
    "anthropic": ("anthropic", "anthropic"),
    "azure": ("azure", "azure"),
    "cerebras": ("cerebras", "cerebras"),
    "cohere": ("cohere", "cohere_chat"),
    "deepseek": ("deepseek", "deepseek"),
    "fireworks": ("fireworks", None),
    "google": ("google", "gemini"),
    "groq": ("groq", "groq"),
    "minimax": ("minimax", "minimax"),
    "mistral": ("mistral", "mistral"),
    "moonshot": ("moonshotai", "moonshot"),
    "openai": ("openai", "openai"),
    "openrouter": ("openrouter", None),
    "perplexity": ("perplexity", None),
    "together": ("together", "together_ai"),
    "xai": ("x-ai", "xai"),
    "zai": ("zai", "zai"),
}

# Runs inside the throw-away environment.
DUMP = """
import json
from datetime import UTC, datetime
from genai_prices.data import providers
from genai_prices.types import ClauseEquals, ClauseOr

def base(price):
    return None if price is None else float(getattr(price, "base", price))

def names(model):
    clauses = model.match.or_ if isinstance(model.match, ClauseOr) else [model.match]
    return sorted({model.id, *(clause.equals for clause in clauses if isinstance(clause, ClauseEquals))})

noon = datetime.now(UTC).replace(hour=12)  # some prices are lower at night
rows = {}
for provider in providers:
    for model in provider.models:
        price = model.get_prices(noon)
        rows.setdefault(provider.id, []).append({
            "names": names(model), "window": model.context_window, "old": bool(model.deprecated),
            "prices": [base(price.input_mtok), base(price.output_mtok), base(price.cache_read_mtok)],
        })
print(json.dumps(rows))
"""

NOT_CHAT = re.compile(r"embed|tts|audio|image|whisper|moderation|realtime|transcri|dall-e|^ft:|rerank|-vision-001|/\*$")

Row = list[int | float | str | None]


def read_genai_prices(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Every model of genai-prices: its names, window in tokens, and today's prices in dollars per million tokens."""
    venv.create(folder / "venv", with_pip=True)
    python = folder / "venv" / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", "genai-prices"], check=True)
    dumped = subprocess.run([python, "-c", DUMP], check=True, capture_output=True, text=True).stdout
    rows: dict[str, list[dict[str, Any]]] = json.loads(dumped)
    return rows


def read_litellm(folder: Path) -> dict[str, dict[str, Any]]:
    """litellm's table of models, taken out of the wheel without installing it."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
    subprocess.run([*command, "--dest", str(folder), "litellm"], check=True)
    wheel = next(folder.glob("litellm-*.whl"))
    with zipfile.ZipFile(wheel) as archive:
        table: dict[str, dict[str, Any]] = json.loads(archive.read(LITELLM_FILE))
    return {name: model for name, model in table.items() if model.get("mode") in ("chat", "responses")}


def of_provider(table: dict[str, dict[str, Any]], provider: str | None) -> dict[str, Row]:
    """litellm's models of one provider, by the name that its API uses."""
    rows: dict[str, Row] = {}
    for name, model in table.items():
        bare = name.removeprefix(f"{provider}/")
        # Names with a further path are regional or sized price variants, except where names have paths by nature.
        if provider is not None and model.get("litellm_provider") == provider and not is_variant(provider, bare):
            rows[bare] = row_of(model)
    return rows


def is_variant(provider: str, bare: str) -> bool:
    return "/" in bare and provider != "together_ai"


def row_of(model: dict[str, Any]) -> Row:
    """One line of the file; see chatbox.providers.catalog for what each place means."""
    flags = {"v": "supports_vision", "r": "supports_reasoning", "t": "supports_function_calling"}
    abilities = "".join(flag for flag, key in flags.items() if model.get(key))
    return [
        model.get("max_input_tokens"),
        model.get("max_output_tokens"),
        abilities,
        per_million(model.get("input_cost_per_token")),
        per_million(model.get("output_cost_per_token")),
        per_million(model.get("cache_read_input_token_cost")),
    ]


def per_million(price: float | None) -> float | None:
    return None if price is None else tidy(price * 1_000_000)


def tidy(price: float | None) -> float | None:
    """Six digits tell every real price; whole dollars lose their point."""
    if price is None:
        return None
    short = float(f"{price:.6g}")
    return int(short) if short.is_integer() else short


def merge(limits: dict[str, Row], priced: list[dict[str, Any]]) -> dict[str, Row]:
    """Both sources as one: prices and windows of the first where it has them, limits and abilities of the second."""
    rows = dict(limits)
    for model in priced:
        if not model["old"]:
            known = next((rows[name] for name in model["names"] if name in rows), [None] * 6)
            prices = [
                kept if price is None else tidy(price) for price, kept in zip(model["prices"], known[3:], strict=True)
            ]
            rows.update({name: [model["window"] or known[0], *known[1:3], *prices] for name in model["names"]})
    return rows


def worth_keeping(ours: str, rows: dict[str, Row]) -> dict[str, Row]:
    """Chat models that are still served, without names that a look-up finds under their base name anyway."""
    chat = {name: row for name, row in rows.items() if not NOT_CHAT.search(name) and any(row)}
    if ours == "openrouter":  # keeps years of retired models, which have no window
        chat = {name: row for name, row in chat.items() if row[0] is not None and ":" not in name}
    if ours == "google":  # its other houses' models are served at other addresses
        chat = {name: row for name, row in chat.items() if name.startswith(("gemini", "gemma"))}
    return {name: row for name, row in chat.items() if base_name(name) == name or chat.get(base_name(name)) != row}


def written(providers: dict[str, dict[str, Row]]) -> str:
    """The file's text: one model a line, so that a refresh can be read as a difference."""
    blocks = []
    for provider, models in sorted(providers.items()):
        lines = [f"{json.dumps(name)}:{json.dumps(row, separators=(',', ':'))}" for name, row in sorted(models.items())]
        blocks.append(f'"{provider}":{{\n' + ",\n".join(lines) + "\n}")
    date = datetime.now(UTC).date().isoformat()
    return f'{{"as_of":"{date}","providers":{{\n' + ",\n".join(blocks) + "\n}}\n"


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prices, table = read_genai_prices(folder), read_litellm(folder)
    providers = {
        ours: worth_keeping(ours, merge(of_provider(table, litellm), prices.get(genai, [])))
        for ours, (genai, litellm) in PROVIDERS.items()
    }
    text = written(providers)
    if len(text.encode()) > LARGEST_BYTES:
        raise SystemExit(f"{len(text.encode())} bytes are too many: drop a provider")
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(text)
    print(f"{sum(map(len, providers.values()))} models of {len(providers)} providers, {len(text.encode())} bytes")


if __name__ == "__main__":
    main()
