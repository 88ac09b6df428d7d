// A table built from texts. Everything is set as textContent, so a token that looks like HTML or
// Markdown is shown as it is. Rebuilt on every change; focus and scrolling are put back.

export default function component({ data, parentElement, setStateValue, setTriggerValue }) {
  const outbox = outboxOf(data, setStateValue), box = parentElement.querySelector(".box"), table = box.querySelector("table");
  const focused = parentElement.activeElement?.dataset?.row;
  box.setAttribute("aria-label", data.label);
  showCorner(parentElement, data, setTriggerValue);

  const head = row([
    cell("th", data.rowTitle, { scope: "col", colour: COLOUR[data.rowTitle.split(" ")[0]] }),
    ...data.columns.map(({ title, role, help }) => cell("th", title, { scope: "col", colour: COLOUR[role], help })),
  ]);
  const body = data.rows.map((label, r) => {
    const name = cell("th", data.pick ? "" : label, { scope: "row", help: label });
    if (data.pick) name.append(button(label, r, r === data.selected));
    const line = row([name, ...data.columns.map((column) => value(column, r))]);
    line.classList.toggle("selected", r === data.selected);
    line.classList.toggle("pickable", data.pick);
    if (data.pick) line.onclick = () => send(outbox, "pick", r); // a button's Enter arrives here too
    return line;
  });
  const foot = data.footer
    ? [row(data.footer.map((words, c) => cell(c ? "td" : "th", words, c ? {} : { scope: "row" })))]
    : [];
  table.replaceChildren(part("thead", [head]), part("tbody", body), part("tfoot", foot));

  if (focused !== undefined) table.querySelector(`[data-row="${focused}"]`)?.focus({ preventScroll: true });
  if (data.selected !== null && body[data.selected]) keepInView(box, body[data.selected]);
  return () => { table.replaceChildren(); };
}

function part(tag, rows) {
  const made = element(tag);
  made.append(...rows);
  return made;
}

const row = (cells) => part("tr", cells);

/** @param {{ scope?: string, colour?: string, help?: string }} more */
function cell(tag, words, more = {}) {
  const { scope, colour, help } = more;
  const made = element(tag, words, colour);
  if (scope) made.scope = scope;
  if (help) made.title = help;
  return made;
}

function button(label, r, pressed) {
  const made = element("button", label);
  made.type = "button";
  made.dataset.row = r;
  made.setAttribute("aria-pressed", pressed);
  return made;
}

function value({ cells, bars, role, strong }, r) {
  const made = cell("td", bars ? "" : cells[r]);
  made.classList.toggle("strong", Boolean(strong?.[r]));
  if (!bars) return made;
  const holder = element("div"), bar = element("i");
  holder.className = "bar";
  bar.style.setProperty("--share", `${100 * Math.min(1, Math.max(0, bars[r]))}%`);
  bar.style.setProperty("--bar", `var(--st-${COLOUR[role] ?? "gray"}-color)`);
  holder.append(bar, element("span", cells[r]));
  made.append(holder);
  return made;
}

/** Scrolls only the box, never the page, and only when the row is outside it. */
function keepInView(box, line) {
  const head = 32, foot = 28, top = line.offsetTop - head, bottom = line.offsetTop + line.offsetHeight + foot;
  if (top < box.scrollTop) box.scrollTop = top;
  else if (bottom > box.scrollTop + box.clientHeight) box.scrollTop = bottom - box.clientHeight;
}
