"""The only torch and transformers code: find a model, load it, run it with our attention inside, hand out arrays."""

import os

# The hub is asked for files and told nothing: neither what is used here nor the token of whoever runs this,
# with which a reader of a server would get at private models. It changes no number and no other library.
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
os.environ.setdefault("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1")
