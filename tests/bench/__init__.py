"""The project's figures: `python -m tests.bench [SECTION …] [--out docs/benchmarks] [--quick]`, which is `make bench`.

One file is one section, and has a TITLE, an ABOUT that says how it measures, and `measure(times)`. Nothing here
asserts, for times belong to a machine: a target stands beside its figure, and the report says whether it is held.
"""
