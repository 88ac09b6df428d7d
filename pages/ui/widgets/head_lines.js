// Two columns of tokens with lines between them: reads the data, listens to pointer and keys, says
// the weights, reports picks. The lines are drawn by head_lines_draw.js. Text from data is only ever
// drawn or set as textContent. Nothing is animated. The file of head_lines_file.py runs this too.

const STEPS = { ArrowUp: -1, ArrowDown: 1, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity };
const PARTS = { shown: ".shown", stage: ".stage", long: ".long", plot: "canvas", asks: ".side.asks", offers: ".side.offers", reading: ".reading", note: ".note" };

export default function component({ data, parentElement, setTriggerValue }) {
  const view = viewOf(parentElement, PARTS, open, resize), before = view.data;
  Object.assign(view, { data, ...decode(data), pick: (pair) => setTriggerValue("pick", pair) });
  if (view.at && view.at.i >= tokens(view, view.at.side).length) view.at = null;
  for (const head of view.hidden) if (!data.heads.includes(head)) view.hidden.delete(head);
  if (before?.q !== data.q) view.stop.asks = data.q;
  if (before?.k !== data.k || view.stop.offers >= data.keys.length) view.stop.offers = data.k ?? 0;
  showCorner(parentElement, data, setTriggerValue);
  fill(view, "asks", data.q);
  fill(view, "offers", data.k);
  view.plot.setAttribute("aria-label", data.label);
  showHeads(view);
  chooseFaint(view);
  resize(view);
  if (before?.q !== data.q) reveal(view, data.q);
  point(view, view.at);
  return closing(view);
}

function open(view) {
  Object.assign(view, { hidden: new Set(), stop: { asks: 0, offers: 0 } });
  view.shown.setAttribute("aria-label", "Heads shown");
  view.stage.onscroll = () => requestAnimationFrame(() => draw(view));
  for (const [side, name, there] of [["asks", "query (asks)", "right goes to the keys"], ["offers", "key (offers)", "left goes to the queries"]]) {
    view.root.querySelector(`.titles .${side}`).textContent = name;
    view[side].setAttribute("aria-label", name);
    view[side].setAttribute("aria-description", `Up and down move, ${there}, Enter chooses.`);
    const column = view[side], place = (event) => [...column.children].indexOf(event.target);
    const follow = (event) => { const i = place(event); if (i >= 0) point(view, { side, i }); };
    column.onpointerover = follow;
    column.onpointerleave = () => point(view, null);
    column.addEventListener("focusin", (event) => event.target.matches(":focus-visible") && follow(event));
    column.addEventListener("focusout", () => point(view, null));
    column.onclick = (event) => choose(view, side, place(event));
    column.onkeydown = (event) => press(view, side, place(event), event);
  }
}

function press(view, side, i, event) {
  const { key } = event, other = { ArrowRight: "offers", ArrowLeft: "asks" }[key];
  if (key in STEPS) goTo(view, side, i + STEPS[key]);
  else if (other) { if (other !== side) goTo(view, other, view.stop[other]); }
  else if (key === "Enter" || key === " ") choose(view, side, i);
  else if (key === "Escape") point(view, null);
  else return;
  event.preventDefault();
}

function goTo(view, side, i) {
  const place = Math.max(0, Math.min(tokens(view, side).length - 1, i)), options = view[side].children;
  options[view.stop[side]].tabIndex = -1;
  view.stop[side] = place;
  options[place].tabIndex = 0;
  options[place].focus();
}

function choose(view, side, i) {
  if (i >= 0) view.pick(side === "asks" ? [i, null] : [view.data.q, i]);
}

const tokens = ({ data }, side) => (side === "asks" ? data.queries : data.keys);
const shownHeads = ({ data, hidden }) => data.heads.map((_, h) => h).filter((h) => !hidden.has(data.heads[h]));

function decode(data) {
  const ends = bytes(data.ends);
  return { ends: data.keys.length > 256 ? new Uint16Array(ends.buffer) : ends, shades: bytes(data.shades),
           exact: typeof data.exact === "string" ? new Float64Array(bytes(data.exact).buffer) : data.exact };
}

/** One option for each token. They stay where they can: the focused one must not lose its focus. */
function fill(view, side, chosen) {
  const column = view[side], names = tokens(view, side);
  view.stop[side] = Math.min(view.stop[side], names.length - 1);
  while (column.children.length > names.length) column.lastChild.remove();
  names.forEach((name, i) => {
    const option = column.children[i] ?? column.appendChild(element("div"));
    if (option.textContent !== name) option.textContent = option.title = name;
    option.setAttribute("role", "option");
    option.tabIndex = i === view.stop[side] ? 0 : -1;
    option.setAttribute("aria-selected", i === chosen);
  });
}

/** Scroll the box, and nothing around it, until a chosen query can be seen. */
function reveal({ stage, row }, i) {
  const from = i * row, room = stage.clientHeight;
  if (from < stage.scrollTop || from + row > stage.scrollTop + room) stage.scrollTop = from + row / 2 - room / 2;
}

/** A button for each head that shows or hides it; for one head only its name. */
function showHeads(view) {
  const { data, shown, hidden } = view, colours = headColours(view), many = data.heads.length > 1;
  const switchTo = (change) => { change(); showHeads(view); chooseFaint(view); point(view, view.at); };
  const names = data.heads.map((head) => `head ${head}`), all = hidden.size ? "show all" : "hide all";
  const wanted = many ? [...names, all] : names, tag = many ? "BUTTON" : "SPAN";
  while (shown.children.length > wanted.length || (shown.firstChild && shown.firstChild.tagName !== tag)) shown.lastChild.remove();
  wanted.forEach((name, h) => {
    const button = shown.children[h] ?? shown.appendChild(document.createElement(tag)), head = data.heads[h];
    button.replaceChildren(...(h < names.length ? [element("i")] : []), name);
    if (h < names.length) button.style.setProperty("--head", colours[h]);
    if (!many) return;
    button.type = "button";
    if (h < names.length) button.setAttribute("aria-pressed", !hidden.has(head));
    else button.removeAttribute("aria-pressed");
    button.onclick = () => switchTo(() => {
      if (h < names.length) hidden.has(head) ? hidden.delete(head) : hidden.add(head);
      else if (hidden.size) hidden.clear();
      else data.heads.forEach((each) => hidden.add(each));
    });
  });
}

/** The weight of one pair: exact in the chosen row (NaN: blocked), elsewhere of 8 bits, or unknown where no line is. */
function weightAt({ data, exact, ends, shades }, h, q, k) {
  if (q === data.q) return { weight: exact[h * data.keys.length + k], about: false };
  const from = (h * data.queries.length + q) * data.width, place = ends.subarray(from, from + data.width).indexOf(k);
  return { weight: place < 0 || !shades[from + place] ? NaN : shades[from + place] / 254, about: true };
}

/** Follow the pointer or the focus: only this token's lines, and its weights in words. */
function point(view, at) {
  view.at = at;
  for (const side of ["asks", "offers"]) {
    for (const old of view[side].querySelectorAll(".at")) old.classList.remove("at");
  }
  if (at) view[at.side].children[at.i].classList.add("at");
  draw(view);
  const { data } = view, shown = shownHeads(view);
  if (!shown.length) view.reading.textContent = "All heads are hidden.";
  else if (at?.side === "asks" || (!at && data.k === null)) readQuery(view, at?.i ?? data.q, shown);
  else readKey(view, at?.i ?? data.k, shown);
  view.note.textContent = notes(view, shown);
}

const said = ({ weight, about }) => (about ? `≈ ${fixed(weight, 2)}` : fixed(weight, 3));

/** "3 it asks: 1 animal 0.647 · …": its three largest weights. */
function readQuery(view, q, shown) {
  const { data, reading } = view, found = [];
  for (const h of shown) data.keys.forEach((_, k) => { const at = weightAt(view, h, q, k); if (at.weight > 0) found.push({ ...at, h, k }); });
  found.sort((a, b) => b.weight - a.weight);
  reading.replaceChildren(`${data.queries[q]} asks: `);
  found.slice(0, 3).forEach((at, n) => {
    reading.append(`${n ? " · " : ""}${shown.length > 1 ? `head ${data.heads[at.h]}: ` : ""}${data.keys[at.k]} `, element("b", said(at)));
  });
  if (!found.length) reading.append(q === data.q ? "no key" : `no key with a weight of ${fixed(data.least, 3)} or more`);
}

/** "3 it → 1 animal: 0.647": the weight that the chosen query gives this key, for each head. */
function readKey(view, k, shown) {
  const { data, reading } = view, found = shown.map((h) => ({ ...weightAt(view, h, data.q, k), h }));
  reading.replaceChildren(`${data.queries[data.q]} → ${data.keys[k]}: `);
  if (Number.isNaN(found[0].weight)) return reading.append(element("b", "blocked by the mask"));
  if (found.length === 1) return reading.append(element("b", said(found[0])));
  found.sort((a, b) => b.weight - a.weight).slice(0, 4).forEach((at, n) => {
    reading.append(`${n ? " · " : ""}head ${data.heads[at.h]} `, element("b", said(at)));
  });
  if (found.length > 4) reading.append(` · ${found.length - 4} more, at most ${fixed(found[4].weight, 3)}`);
}

/** What to do here, and what is not drawn. */
function notes(view, shown) {
  const { data } = view, sum = (list) => shown.reduce((total, h) => total + list[h], 0);
  const all = data.allowed * shown.length, out = all - sum(data.drawn), count = (n) => n.toLocaleString("en");
  const parts = ["Point at a token to see only its lines; click to choose it."];
  if (out) {
    const cut = data.keys.length > data.width ? ` or beyond a query's ${data.width} largest` : "";
    const share = 100 * (1 - sum(data.mass) / (sum(data.total) || 1));
    parts.push(`Without a line: ${count(out)} of ${count(all)} weights, under ${fixed(data.least, 3)}${cut}; together ${share < 0.1 ? "less than 0.1" : fixed(share, 1)} % of all weight.`);
  }
  if (view.faint.length < sum(data.drawn)) parts.push(`In the background: ${count(view.faint.length)} of ${count(sum(data.drawn))} lines, the strongest first.`);
  return parts.join(" ");
}
