"""Thirty readers at once: real sessions over websockets against the real server. Start: `python -m tests.load`."""
