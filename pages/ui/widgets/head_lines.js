// Two columns of tokens with lines between them: reads the data, listens to pointer and keys, says
// the weights, reports picks. Text from data is only ever drawn or set as textContent. Nothing is
// animated. The canvas is as high as what can be seen: it is drawn anew at every scroll, only with
// the lines that cross it. The file of head_lines.py runs this too.

const STEPS = { ArrowUp: -1, ArrowDown: 1, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity };
const LEAST_ROW = 20, LARGEST_ROW = 30, TALLEST = 460; // pixels; head_lines.css cuts at the same height
const MOST_FAINT = 2000; // lines in the background: more of them are a grey wall, and slow
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

/** The colour of each head: violet, the colour of weights, for one; else hues at one distance. */
function headColours({ data, root }) {
  const theme = themeOf(root), [r, g, b] = rgb(theme("background-color"));
  if (data.heads.length === 1) return [theme("violet-color")];
  const dark = r + g + b < 384;
  return data.slots.map(([slot, n]) => { // neighbours: hues far apart, and not equally light
    const hue = (20 + ((slot * 5) % n) * (360 / n)) % 360, lift = slot % 2 ? 0.08 : -0.06;
    return `oklch(${(dark ? 0.76 : 0.58) + lift} 0.14 ${hue.toFixed()})`;
  });
}

/**
 * Which lines stand faintly in the background: of the shown heads, at most 2,000, the strongest.
 * Of the shade in which the room runs out, every so-manieth. Faintest first.
 */
function chooseFaint(view) {
  const { data, shades, hidden } = view, size = data.queries.length * data.width, counts = new Uint32Array(256);
  const each = (visit) => data.heads.forEach((head, h) => {
    if (!hidden.has(head)) for (let i = h * size; i < (h + 1) * size; i++) if (shades[i]) visit(i, shades[i]);
  });
  each((_, shade) => counts[shade]++);
  let from = 255, room = MOST_FAINT, seen = 0;
  while (from > 1 && counts[from - 1] <= room) room -= counts[--from];
  const thin = from - 1, every = room ? Math.ceil(counts[thin] / room) : Infinity;
  counts[thin] = Math.ceil(counts[thin] / every);
  const start = new Uint32Array(256); // a counting sort: the canvas changes its pen 254 times at most
  for (let shade = thin; shade < 255; shade++) start[shade + 1] = start[shade] + counts[shade];
  view.faint = new Uint32Array(start[255]);
  each((i, shade) => { if (shade >= from || (shade === thin && seen++ % every === 0)) view.faint[start[shade]++] = i; });
}

/** Sizes in CSS pixels: columns of tokens as wide as they need, at most 27 % of the width each. */
function layout(view, pen) {
  const { stage, long, asks, offers, data } = view, width = stage.clientWidth;
  const rows = Math.max(data.queries.length, data.keys.length);
  const row = (view.row = Math.max(LEAST_ROW, Math.min(LARGEST_ROW, Math.floor(TALLEST / rows)))), height = rows * row;
  long.style.setProperty("--row", `${row}px`);
  long.style.height = `${height}px`;
  pen.font = `600 13px ${themeOf(view.root)("font")}`;
  const wide = (names) => Math.ceil(Math.min(width * 0.27, 14 + Math.max(28, ...names.map((name) => pen.measureText(name).width))));
  const [left, right] = [wide(data.queries), wide(data.keys)];
  asks.style.width = `${left}px`;
  offers.style.width = `${right}px`;
  return { width, left, right, height: Math.min(height, stage.clientHeight) };
}

function resize(view) {
  const { plot, stage } = view;
  view.width = stage.clientWidth;
  if (!view.width || !view.data) return;
  const box = (view.box = layout(view, plot.getContext("2d")));
  resized(plot, box.width, box.height);
  draw(view);
}

function draw(view) {
  const { plot, stage, box, data, at, row } = view;
  if (!box) return;
  const pen = plot.getContext("2d"), colours = headColours(view), shown = shownHeads(view);
  const side = at?.side ?? "asks", i = at?.i ?? data.q; // at rest: the chosen query
  const beside = shown.length === 1 ? 54 : Math.min(96, box.width * 0.18); // for squares or a number
  const x0 = box.left + (side === "offers" ? beside : 4), x1 = box.width - box.right - (side === "asks" ? beside : 4);
  const top = stage.scrollTop, step = Math.min(2, 12 / data.heads.length), size = data.queries.length * data.width;
  pen.clearRect(0, 0, box.width, box.height);
  let pencil = null; // to set a colour costs as much as a line
  const line = (index) => {
    const h = Math.floor(index / size), q = Math.floor((index % size) / data.width);
    const shift = row / 2 - top + (h - (data.heads.length - 1) / 2) * step; // heads side by side
    const y0 = q * row + shift, y1 = view.ends[index] * row + shift;
    if ((y0 < 0 && y1 < 0) || (y0 > box.height && y1 > box.height)) return;
    if (h !== pencil) pen.strokeStyle = colours[(pencil = h)];
    pen.beginPath();
    pen.moveTo(x0, y0);
    pen.lineTo(x1, y1);
    pen.stroke();
  };
  if (!at) {
    let last = 0;
    pen.lineWidth = 1;
    for (const index of view.faint) {
      if (view.shades[index] !== last) pen.globalAlpha = 0.08 + 0.3 * ((last = view.shades[index]) / 254);
      line(index);
    }
  }
  for (const index of linesOf(view, side, i)) {
    const weight = view.shades[index] / 254;
    pen.globalAlpha = 0.2 + 0.8 * weight;
    pen.lineWidth = 1 + 4 * weight;
    line(index);
  }
  drawBeside(pen, view, side, i, shown, colours, side === "asks" ? x1 + 4 : box.left, beside - 4);
}

/** All lines that begin at a query, or end at a key. */
function linesOf({ data, ends, shades, hidden }, side, i) {
  const found = [], n = data.queries.length, { width } = data;
  data.heads.forEach((head, h) => {
    if (hidden.has(head)) return;
    const [from, to] = side === "asks" ? [(h * n + i) * width, (h * n + i + 1) * width] : [h * n * width, (h + 1) * n * width];
    for (let index = from; index < to; index++) if (shades[index] && (side === "asks" || ends[index] === i)) found.push(index);
  });
  return found;
}

/** Beside each token at the other end: a square for each head, the fuller the larger; for one head the number too. */
function drawBeside(pen, view, side, i, shown, colours, x, room) {
  const { data, stage, box, row } = view, others = side === "asks" ? data.keys : data.queries;
  const size = Math.max(2, Math.min(11, Math.floor(room / shown.length) - 1)), theme = themeOf(view.root);
  pen.font = `12px ${theme("font")}`;
  pen.textBaseline = "middle";
  pen.textAlign = "left";
  const first = Math.floor(stage.scrollTop / row), last = Math.min(others.length, first + Math.ceil(box.height / row) + 1);
  for (let other = first; other < last; other++) {
    const y = (other + 0.5) * row - stage.scrollTop;
    shown.forEach((h, place) => {
      const { weight, about } = side === "asks" ? weightAt(view, h, i, other) : weightAt(view, h, other, i);
      if (!(weight >= 0.005)) return;
      pen.fillStyle = colours[h];
      pen.globalAlpha = Math.min(1, 0.12 + 0.88 * weight);
      pen.fillRect(x + place * (size + 1), y - size / 2, size, size);
      pen.globalAlpha = 1;
      pen.fillStyle = theme("text-color");
      if (shown.length === 1) pen.fillText(`${about ? "≈" : ""}${fixed(weight, 2)}`, x + size + 3, y + 0.5);
    });
  }
}
