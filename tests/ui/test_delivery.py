"""What arrives from a component: once, in order, for the picture it was made on, and nothing that is not ours."""

import json

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.widgets.delivery import Inbox, Pictures


def inbox() -> tuple[Inbox, Pictures, list[object]]:
    taken: list[object] = []
    pictures = Pictures(
        a=lambda value: taken.append(("a", value)), b=lambda value: taken.append(("b", value))
    )
    box = Inbox("edit", pictures=lambda: pictures)
    return box, pictures, taken


def sent(box: Inbox, *waiting: list[object]) -> dict[str, object]:
    return {"inbox": box.name, "waiting": list(waiting)}


def test_each_value_is_taken_once_in_order_by_its_own_picture():
    box, _, taken = inbox()
    box.receive(sent(box, [1, "a", "x"], [2, "b", "y"]))
    box.receive(sent(box, [1, "a", "x"], [2, "b", "y"], [3, "a", "z"]))
    box.receive(sent(box, [3, "a", "z"]))
    assert taken == [("a", "x"), ("b", "y"), ("a", "z")]
    assert box.heard == 3


def test_a_value_of_a_picture_that_is_long_gone_is_confirmed_and_dropped():
    box, _, taken = inbox()
    box.receive(sent(box, [1, "c", "x"], [2, "a", "y"]))
    assert taken == [("a", "y")] and box.heard == 2


def test_a_value_that_raises_is_not_tried_again():
    box, pictures, taken = inbox()
    pictures["b"] = lambda value: 1 / 0
    with pytest.raises(ZeroDivisionError):
        box.receive(sent(box, [1, "b", "x"], [2, "a", "y"]))
    box.receive(sent(box, [1, "b", "x"], [2, "a", "y"]))
    assert taken == [("a", "y")]


@pytest.mark.parametrize(
    "told",
    [
        None, 1, "x", [], {}, {"inbox": "other", "waiting": [[1, "a", "x"]]},
        {"waiting": None}, {"waiting": [1]}, {"waiting": [[1, "a"]]}, {"waiting": [["1", "a", "x"]]},
        {"waiting": [[True, "a", "x"]]}, {"waiting": [[1, 2, "x"]]}, {"waiting": [[0, "a", "x"]]},
    ],
)  # fmt: skip
def test_what_is_not_ours_is_left_alone(told: object):
    box, _, taken = inbox()
    box.receive({"inbox": box.name} | told if isinstance(told, dict) else told)
    assert taken == [] and box.heard == 0


def page() -> None:
    import numpy as np
    import streamlit as st

    from pages.ui.widgets.figure import Figure

    state = st.session_state
    figure = Figure("", np.zeros((1, 1)), rows="a", columns="x")
    figure.draw("m", on_edit=lambda *cell: state.update(cell=cell), has_files=False)
    if "cell" in state:
        st.text(str(state.cell))


def edited(app: AppTest, told: object) -> AppTest:
    (component,) = app.get("bidi_component")
    states = app._tree.get_widget_states()
    happened = states.widgets.add(id=f"$$STREAMLIT_INTERNAL_KEY_{component.proto.id}__events")
    happened.json_trigger_value = json.dumps([{"event": "edit", "value": told}])
    app._run(states)
    assert not app.exception
    return app


def data(app: AppTest) -> dict[str, object]:
    return json.loads(app.get("bidi_component")[0].proto.json)["delivery"]


def test_another_session_does_not_take_what_was_sent_to_the_first():
    first, second = (
        AppTest.from_function(page, default_timeout=30).run(),
        AppTest.from_function(page, default_timeout=30).run(),
    )
    told = data(first)
    sent = {"inbox": told["inbox"], "waiting": [[1, told["picture"], [0, 0, 5.0]]]}
    assert not edited(second, sent).text and data(second)["heard"] == 0
    assert edited(first, sent).text[0].value == "(0, 0, 5.0)" and data(first)["heard"] == 1


@pytest.mark.parametrize(
    "value", [[0, 0, None], [0, 1, 1.0], [-1, 0, 1.0], None, [0, 0], "abc", [0, 0, "1"], [None, 0, 1], [0.5, 0, 1]]
)  # fmt: skip
def test_an_edit_that_is_none_is_confirmed_and_changes_nothing(value: object):
    app = AppTest.from_function(page, default_timeout=30).run()
    told = data(app)
    edited(app, {"inbox": told["inbox"], "waiting": [[1, told["picture"], value]]})
    assert not app.text and data(app)["heard"] == 1
