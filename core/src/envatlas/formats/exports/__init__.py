"""Exports: an environment's texts in the languages of those who start processes; a module a format.

Each has a function ``render`` from texts, by their names, to the text of a file. What a format cannot say is refused,
and then nothing is rendered.
"""
