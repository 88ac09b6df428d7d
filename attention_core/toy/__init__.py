"""The toy world: sentences small enough that every number can be edited and followed by hand.

It knows nothing of pretrained models or pages; it only prepares inputs for the core and runs it.
"""
