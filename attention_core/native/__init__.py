"""Native libraries in a process of their own, which may die without taking anyone along.

They draw charts and set the worksheet. What they are written in aborts the whole process on an input it did not foresee.
"""
