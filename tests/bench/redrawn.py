"""From a key or a click, by the browser's own clock, to the first frame in which a picture is another one."""

from collections.abc import Callable

from playwright.sync_api import Locator

WATCH = """(picture, patience) => {
    const before = picture.outerHTML, began = performance.now();
    let pressed = null;
    for (const kind of ["keydown", "pointerdown"])
        addEventListener(kind, event => pressed ??= event.timeStamp, { capture: true, once: true });
    window.redrawn = new Promise((done, fail) => {
        const look = () => {
            const now = performance.now();
            if (pressed !== null && picture.outerHTML !== before) done(now - pressed);
            else if (now - began > patience) fail(new Error("the picture is the same as before"));
            else requestAnimationFrame(look);
        };
        look();
    });
    window.redrawn.catch(() => {});  // said where it is awaited
}"""
PATIENCE = 60_000  # ms


def redrawn(picture: Locator, press: Callable[[], object], patience: int = PATIENCE) -> float:
    """Milliseconds. A picture is another one when its markup is: of a canvas that is the name read aloud."""
    picture.evaluate(WATCH, patience)
    press()
    return float(picture.page.evaluate("redrawn"))
