"""The project's speed, in figures: `make bench`. Prints what it measured; asserts nothing, for times belong to a machine."""

import re
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect

from attention_core.pretrained.capture import as_tensors, capture
from attention_core.pretrained.files import ModelUnavailable
from attention_core.pretrained.loading import LoadedModel, load
from attention_core.pretrained.seam import LIBRARY
from tests.bench_ranking import ranking_s
from tests.bench_training import training_ms
from tests.browser.conftest import launched, served, settled

TRAINING_STEPS = 200
WORDS = (
    "animal",
    "street",
    "king",
    "pizza",
    "puppy",
    "river",
    "teacher",
    "window",
    "garden",
    "dog",
)


def seconds(action: Callable[[], object]) -> float:
    begin = time.perf_counter()
    action()
    return time.perf_counter() - begin


def median_ms(action: Callable[[], object], times: int) -> float:
    """Median wall time of `action` in milliseconds, after one call that does not count."""
    action()
    return 1000 * statistics.median(seconds(action) for _ in range(times))


def capture_against_plain_pass() -> None:
    print("\nCapture (our core inside the model, all layers kept) against the library's own pass")
    print("with output_attentions=True, medians:")
    for model_id in ("MiniLM", "SmolLM2"):
        try:
            loaded = load(model_id)
        except ModelUnavailable as error:
            print(f"  {model_id}: {error}")
            continue
        for n_words in (13, 62, 254, 510):
            _compare(loaded, " ".join((WORDS * 60)[:n_words]))


def _compare(loaded: LoadedModel, text: str) -> None:
    """Turn about, so that both meet the same moments of a busy machine."""
    inputs = as_tensors(capture(text, loaded).inputs)
    plain, ours = [], []
    for _ in range(60 if len(text) < 1000 else 8):
        plain.append(
            seconds(lambda: loaded.engine.forward(inputs, LIBRARY, output_attentions=True))
        )
        ours.append(seconds(lambda: capture(text, loaded)))
    plain_ms, ours_ms = 1000 * statistics.median(plain), 1000 * statistics.median(ours)
    n_tokens = inputs["input_ids"].shape[1]
    print(
        f"  {loaded.model_id:8} {n_tokens:4} tokens: plain {plain_ms:7.1f} ms, "
        f"capture {ours_ms:7.1f} ms, ratio {ours_ms / plain_ms:.2f}"
    )


def worlds() -> Iterator[tuple[str, dict[str, str]]]:
    """An environment in which torch can't be imported, and the usual one."""
    with tempfile.TemporaryDirectory() as blocked:
        (Path(blocked) / "torch.py").write_text("raise ImportError('blocked by the benchmark')\n")
        yield "without torch", {"PYTHONPATH": blocked}
        yield "with torch", {}


def toy_click(browser: Browser) -> None:
    print("\nA toy click (a row of the heatmap on Home, until the picture follows), median of 20:")
    for name, environment in worlds():
        with served("app.py", **environment) as url:
            page = browser.new_page()
            page.goto(f"{url}/side-by-side")  # loads the model, or finds that it can't
            waits_for = "Try again" if environment else "Proof: one function, two worlds"
            expect(page.get_by_text(waits_for)).to_be_visible(timeout=60_000)
            page.goto(url)
            settled(page)
            print(f"  {name:14} {_click_ms(page):6.0f} ms")
            page.close()


def _click_ms(page: Page) -> float:
    heatmap = page.get_by_label("Attention weights of Toy")
    heatmap.focus()
    rows = iter(["ArrowUp", "ArrowDown"] * 20)

    def click() -> None:
        heatmap.press(next(rows))
        redrawn(heatmap, lambda: heatmap.press("Enter"))

    return median_ms(click, 20)


def toy_edit_against_bare_page(browser: Browser) -> None:
    print(
        "\nA toy edit until it is redrawn, against a bare page with one slider and one Altair chart,"
    )
    print("turn about in one browser, median of 20:")
    with served("app.py") as url, served("tests/browser/bare_page.py") as bare_url:
        bare = browser.new_page()
        bare.goto(bare_url)
        softmax = browser.new_page()
        softmax.goto(f"{url}/softmax")
        steps = browser.new_page(viewport={"width": 1280, "height": 1400})
        steps.goto(f"{url}/self-attention?step=6")
        expect(steps.get_by_text("How much of a word is left")).to_be_visible(timeout=60_000)
        _open_table(steps)
        for page in (bare, softmax, steps):
            settled(page)
        edits = {
            "bare page": lambda i: _bare_edit(bare),
            "lesson 4, a score by its slider": lambda i: _slider_edit(softmax),
            "lesson 6, a cell of the embeddings": lambda i: _cell_edit(steps, i),
        }
        times: dict[str, list[float]] = {name: [] for name in edits}
        for i in range(21):
            for name, edit in edits.items():
                times[name].append(edit(i))
        medians = {name: 1000 * statistics.median(each[1:]) for name, each in times.items()}
        for name, median in medians.items():
            print(f"  {name:36} {median:5.0f} ms, ratio {median / medians['bare page']:.2f}")


def redrawn(picture: Locator, press: Callable[[], object]) -> float:
    """Seconds from the key's event in the browser to the first frame with another picture, by its markup."""
    picture.evaluate(
        """picture => {
            const before = picture.outerHTML;
            let pressed = null;
            addEventListener("keydown", event => pressed = event.timeStamp, { capture: true, once: true });
            window.redrawn = new Promise(done => {
                const look = () => pressed !== null && picture.outerHTML !== before
                    ? done(performance.now() - pressed) : requestAnimationFrame(look);
                look();
            });
        }"""
    )
    press()
    return float(picture.page.evaluate("redrawn")) / 1000


def _bare_edit(page: Page) -> float:
    slider = page.get_by_role("slider")
    return redrawn(page.get_by_test_id("stVegaLiteChart"), lambda: slider.press("ArrowRight"))


def _slider_edit(page: Page) -> float:
    """Until the table of the softmax is another one."""
    slider = page.get_by_role("slider", name="Score of cat")
    return redrawn(
        page.get_by_role("region").filter(has=page.get_by_role("table")).first,
        lambda: slider.press("ArrowLeft"),
    )


def _open_table(page: Page) -> None:
    page.get_by_text("Edit the toy").click()
    expect(page.get_by_label("The embeddings of the toy")).to_be_visible()


def _cell_edit(page: Page, i: int) -> float:
    """From Enter in the table until the matrix of weights is another one."""
    embeddings = page.get_by_label("The embeddings of the toy")
    embeddings.focus()
    for key in ["Escape", *["ArrowDown"] * 5, "Enter"]:  # row 5 is "street", its first number
        embeddings.press(key)
    cell = page.get_by_role("textbox", name="5 street, being")
    cell.fill(f"{0.2 + i / 50:.2f}")
    return redrawn(page.get_by_label("weights: 7 it"), lambda: cell.press("Enter"))


def enter_to_three_views(browser: Browser) -> None:
    print("\nFrom Enter to heatmap, softmax and q k v of both worlds, 15 tokens, MiniLM warm:")
    with served("app.py") as url:
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        page.goto(f"{url}/side-by-side")
        expect(page.get_by_text("Proof: one function")).to_be_visible(timeout=60_000)
        box = page.get_by_role("textbox", name="Your sentence")
        numbers = iter(range(100))

        def enter() -> None:
            word = WORDS[next(numbers) % len(WORDS)]
            box.fill(f"{word} saw the old man who was walking home with his two cats")
            box.press("Enter")
            for label in ("Attention weights of MiniLM", "Softmax of the row", "q of"):
                expect(page.get_by_label(label).last).to_have_attribute(
                    "aria-label", re.compile(word), timeout=10_000
                )
            settled(page)

        print(f"  median of 10: {median_ms(enter, 10):.0f} ms")
        page.close()


def first_paint(browser: Browser) -> None:
    print("\nFirst visit of a server that has just started, until the toy's heatmap is there:")
    for path in ("", "/side-by-side"):
        for name, environment in worlds():
            with served("app.py", **environment) as url:
                page = browser.new_context().new_page()  # nothing cached
                begin = time.perf_counter()
                page.goto(url + path)
                heatmap = page.get_by_label("Attention weights of Toy")
                expect(heatmap).to_be_visible(timeout=60_000)
                print(f"  {path or '/':14} {name:14} {time.perf_counter() - begin:.1f} s")
                page.context.close()


def experiments_against_plain_pass() -> None:
    print("\nExperiments on a sentence of 15 tokens, against a plain pass of MiniLM:")
    plain_of_minilm = 0.0
    for model_id in ("MiniLM", "SmolLM2"):
        ranking, plain = ranking_s(model_id)
        plain_of_minilm = plain_of_minilm or plain
        print(
            f"  {model_id:8} effect of each head: {ranking:5.2f} s, {ranking / plain:5.0f} plain passes "
            f"of its own ({1000 * plain:.1f} ms each)"
        )
    training = training_ms(TRAINING_STEPS) / 1000
    print(
        f"  {TRAINING_STEPS} training steps of the toy on one core: {training:.2f} s, "
        f"{training / plain_of_minilm:.0f} plain passes of MiniLM"
    )


if __name__ == "__main__":
    with launched() as chromium:
        first_paint(chromium)
        toy_click(chromium)
        toy_edit_against_bare_page(chromium)
        enter_to_three_views(chromium)
    capture_against_plain_pass()
    experiments_against_plain_pass()
