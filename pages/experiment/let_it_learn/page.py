"""A toy that learns where to look: it is told which word was right, and finds by gradient descent what to attend to."""

import streamlit as st

from pages.experiment.let_it_learn.controls import (
    choose_how,
    choose_task,
    take_plan_of_link,
)
from pages.experiment.let_it_learn.film import buttons, film
from pages.experiment.let_it_learn.state import PLAN, run_of
from pages.experiment.let_it_learn.told import tell

take_plan_of_link()
choose_task()
words, controls = st.columns([5, 7], gap="large")
with controls:
    choose_how()
plan = PLAN.current()
run = run_of(plan)
with words:
    tell(run.training)
buttons(run, plan)
film(run, plan)
PLAN.write()
