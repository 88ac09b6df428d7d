"""A worksheet for paper, made from a seed: the questions of the quiz with that number, and two tasks to fill in.

It computes nothing about attention by itself; the quiz and the core do.
"""
