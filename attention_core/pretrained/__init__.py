"""The only torch and transformers code: find a model, load it, run it with our attention inside, hand out arrays."""

import os

# A pass computes with one thread, unless the host says otherwise, and each core can do one (see turns.py). With two,
# whose threads spin while they wait for each other, a pass takes ten times as long as soon as anything else runs.
# It must be said before torch is imported: `torch.set_num_threads` reaches no thread but its own.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# The hub is asked for files and told nothing: neither what is used here nor the token of whoever runs the server,
# with which a reader would get at private models.
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
os.environ.setdefault("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1")
