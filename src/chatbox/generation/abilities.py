"""What a model can do with files, decided even where nobody said it of the model."""

import re

from chatbox.providers.models import Resolved

# Kinds of provider all of whose current models see; nobody else's servers speak these protocols for others.
_SEEING_KINDS = {"anthropic", "gemini", "openai-responses"}
# Families that see, by the names that servers give them: such servers seldom say what their models can do.
_SEEING_NAMES = re.compile(
    r"\bvl\b|-vl|vision|llava|pixtral|claude|gemini|gemma-?3|gpt-4o|gpt-4\.1|gpt-5|minicpm-v|internvl|llama-?4|moondream",
    re.IGNORECASE,
)


def sees_images(model: Resolved) -> bool:
    """Whether to show pictures to the model, or the text in them: a model that cannot see refuses the question."""
    if model.info.sees_images is not None:
        return model.info.sees_images
    return model.kind in _SEEING_KINDS or _SEEING_NAMES.search(model.info.name) is not None


def calls_tools(model: Resolved) -> bool:
    """Whether to offer tools to the model: only where it is known, since others refuse, or pretend to call them."""
    return model.info.calls_tools is True
