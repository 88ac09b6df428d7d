"""A quiz made from a seed: questions about attention with small numbers, graded by what the core computes.

It draws nothing and keeps no score; the pages do.
"""
