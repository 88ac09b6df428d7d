"""The only torch and transformers code: find a model, load it, run it with our attention inside, hand out arrays."""
