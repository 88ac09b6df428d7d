"""A reader's text that would be taken for markup, and what is looked for on a page that shows it."""

import http.server

from playwright.sync_api import Page

# A letter of a script that no page is written in: wherever it is seen, a reader's text is shown.
OURS = "я"  # one token in both models: the bytes of a cut letter would be shown in its place
MARKS = {  # what stays of each if it is taken for markup, and what it must still have before it
    "hbold": ["**"], "hlink": ["["], "himage": ["!["], "hred": [":red["], "hmath": ["$"], "hcode": ["`"],
    "htag": ["<b>"], "hentity": ["&lt;"],
    "hright": ["\u202e", "U+202E"],  # as typed in the sentence, by its code point in a label
}  # fmt: skip
# every text node and attribute, in shadow roots too
LOOK = """([marks, ours]) => {
  const bad = [];
  let n = 0;
  const look = (text, where) => {
    if (text.includes(ours)) n++;
    for (const [mark, before] of Object.entries(marks))
      for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at + 1))
        if (!before.some(each => text.slice(at - each.length, at) === each)) bad.push(`${where}: ${text.slice(0, 200)}`);
  };
  const walk = (root) => {
    for (const element of root.querySelectorAll('*')) {
      if (element.shadowRoot) walk(element.shadowRoot);
      const place = element.closest('[data-testid]')?.dataset.testid ?? element.tagName;
      const markup = element.closest('[data-testid="stMarkdownContainer"], [data-testid="stHtml"]');
      for (const child of element.childNodes)
        if (child.nodeType === Node.TEXT_NODE) {
          look(child.nodeValue, place);
          if (markup && child.nodeValue.includes(ours)) bad.push(`in markdown: ${markup.innerText.slice(0, 200)}`);
        }
      for (const {name, value} of element.attributes) look(value, `${place} ${name}`);
      if (element.matches('a[href^="javascript"], img[src*="leak"], img[src="x"]')) bad.push(element.outerHTML);
    }
  };
  walk(document);
  look(document.title, 'title');
  if (window.hostile) bad.push('a script ran');
  return {n, bad};
}"""

OPEN_ALL = (
    "document.querySelectorAll('details:not([open]) > summary').forEach(each => each.click())"
)


class Leak(http.server.BaseHTTPRequestHandler):
    """Whoever asks for a picture here was told so by the reader's text."""

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.send_response(404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def hostile_word(leak_port: int) -> str:
    """One word that is all of it: as the word that asks it stands wherever a page names the query."""
    picture = f"http://127.0.0.1:{leak_port}/leak.png"
    return (
        f"{OURS}-**hbold**<b>htag</b><img/src=x/onerror=window.hostile=1>![himage]({picture})"
        "[hlink](javascript:window.hostile=1):red[hred]$hmath^2$`hcode`:material/home:&lt;hentity"
        f"\u202ehright-{OURS}"
    )


def hostile_sentence(word: str) -> str:
    return f"{word} {OURS}* _{OURS}_ ${OURS}$"


def seen(page: Page) -> int:
    """How many places show the reader's text; none may have made anything of it."""
    found = page.evaluate(LOOK, [MARKS, OURS])
    assert found["bad"] == []
    return found["n"]


def shown_at_last(page: Page, n_places: int) -> None:
    """Wait until so many places show it: some parts of a page arrive after the rest has settled."""
    enough = f"([marks, ours, n]) => ({LOOK})([marks, ours]).n >= n"
    page.wait_for_function(enough, arg=[MARKS, OURS, n_places])
    seen(page)
