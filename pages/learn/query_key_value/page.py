"""Lesson 5: what a word asks, what it offers, what it hands over, and the three matrices that make it so."""

from pages.learn.query_key_value.lesson import on_the_toy
from pages.learn.query_key_value.real import real_parts
from pages.ui.reader.controls import chosen
from pages.ui.widgets.parts import real_heading, toy_of_sentence

toy = toy_of_sentence()
if toy is not None:
    on_the_toy(toy)
    real_heading("The same three parts in a real head")
    real_parts(chosen(), toy.current)
