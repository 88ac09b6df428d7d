// One matrix: reads the data, listens to pointer and keys, says the value, reports picks. The
// picture itself is drawn by matrix_draw.js. Text from data is only ever drawn or set as
// textContent. Nothing is animated, so reduced motion needs no case.

const COLOUR = { query: "blue", key: "orange", value: "green", weights: "violet", output: "red" };
const STEP = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
const views = new WeakMap(); // one per mounted component: the page calls us again on every change

export default function component({ data, parentElement, setStateValue, setTriggerValue }) {
  if (!views.has(parentElement)) views.set(parentElement, open(parentElement));
  const view = views.get(parentElement), box = outboxOf(data, setStateValue);
  const { delivery, ...shown } = data;
  showCorner(parentElement, data, setTriggerValue);
  if (view.box && view.picture !== delivery.picture) view.leaveCell?.(); // it belongs to what was shown
  view.picture = delivery.picture;
  view.pick = (cell) => send(box, "pick", cell);
  view.edit = (cell, picture) => { send(box, "edit", cell, picture); showEdits(view, box); draw(view); };
  // most runs of a page change nothing here; a font that has arrived late does
  const seen = [JSON.stringify(shown), data.edit && JSON.stringify(box.waiting), themeOf(parentElement)("background-color"), document.fonts.status].join();
  if (seen !== view.seen) {
    Object.assign(view, decode(data), { data, seen });
    showEdits(view, box);
    if (!inside(view, view.at)) view.at = null;
    describe(view);
    draw(view);
  }
  return () => { view.observer.disconnect(); views.delete(parentElement); };
}

function open(root) {
  const $ = (selector) => root.querySelector(selector);
  const view = { root, stage: $(".stage"), plot: $(".plot"), over: $(".pointer"), at: null,
                 titles: $(".titles"), reading: $(".reading"), legend: $(".legend"), figure: $("figure"), width: 0 };
  view.observer = new ResizeObserver(() => { if (view.stage.clientWidth !== view.width) draw(view); });
  view.observer.observe(view.stage);
  const over = view.over;
  over.onpointermove = (event) => { point(view, under(view, event)); view.pointed = true; };
  // what the keyboard reached stays, also when the page moves away under a resting pointer
  over.onpointerleave = (event) => view.pointed && event.pointerType !== "touch" && point(view, null);
  over.onfocus = () => over.matches(":focus-visible") && point(view, origin(view));
  over.onblur = () => point(view, null);
  over.onclick = (event) => choose(view, under(view, event));
  over.onkeydown = (event) => {
    const step = STEP[event.key], [r, c] = view.at ?? origin(view);
    if (step) {
      const next = [(r ?? 0) + step[0], (c ?? 0) + step[1]];
      if (inside(view, next)) point(view, next);
    } else if (event.key === "Enter" || event.key === " ") choose(view, [r, c]);
    else if (event.key === "Escape") point(view, null);
    else if (view.data.edit && /^[\d.,−-]$/.test(event.key)) openCell(view, [r, c], event.key);
    else return;
    event.preventDefault();
  };
  return view;
}

/** Where the keyboard begins: at the marked cell, else in the marked or the first row. */
const origin = ({ data }) => data.cell ?? [data.row ?? 0, 0];
const inside = ({ data }, at) => at && at[0] < data.rows.length && at[1] < data.columns.length && at[0] >= 0 && at[1] >= 0;
const choose = (view, at) => {
  if (view.data.edit && at) openCell(view, at);
  else if (view.data.pick && at && at[0] !== null) view.pick(at);
};

/** The numbers as Python sent them: exact doubles, or 16-bit steps where 65535 is "blocked". One bit a cell: no number. */
function decode({ values, range, lost }) {
  const raw = bytes(values).buffer, bits = lost && bytes(lost);
  const isLost = (i) => Boolean(bits && (bits[i >> 3] >> (7 - (i & 7))) & 1);
  if (!range) return { values: new Float64Array(raw), isLost };
  const steps = new Uint16Array(raw), [start, end] = range;
  return { values: Float64Array.from(steps, (s) => (s > 65534 ? NaN : start + (s / 65534) * (end - start))), isLost };
}

/** Until Python has confirmed an edit, the cell shows what was typed; then what Python sends, also where it refused. */
function showEdits({ data, values }, box) {
  if (data.edit) for (const [r, c, value] of onTheWay(box)) values[r * data.columns.length + c] = value;
}

/** Rounded as Python's format does (ties to even), so that one number has one text on the page. */
const formats = new Map(); // to make one costs more than to draw a cell
function text(value, decimals, tiny = false) {
  if (tiny) return value === 0 ? "0" : value.toExponential(Math.max(0, decimals - 1)).replace(/(?<=e[+-])(?=\d$)/, "0"); // as Python writes it
  if (!formats.has(decimals)) {
    formats.set(decimals, new Intl.NumberFormat("en", { minimumFractionDigits: decimals, maximumFractionDigits: decimals,
      roundingMode: "halfEven", signDisplay: "negative", useGrouping: false }));
  }
  return formats.get(decimals).format(value);
}

function span(words, colour, tag = "span") {
  const element = document.createElement(tag);
  element.textContent = words;
  if (colour) element.style.color = `var(--st-${colour}-text-color)`;
  return element;
}

/** Everything that is not the picture: titles, alt text, legend. */
function describe({ data, over, titles, legend }) {
  const { role } = data;
  // a title that begins with a role's name wears that role's colour, as everywhere on the page
  const colour = (title) => COLOUR[title.split(" ")[0]] ?? (role === "weights" ? null : COLOUR[role]);
  titles.replaceChildren(span(`${data.rowTitle} ↓`, colour(data.rowTitle)), span(`${data.columnTitle} →`, colour(data.columnTitle)));
  over.tabIndex = 0;
  const does = data.edit ? "changes" : "chooses", active = data.edit || data.pick;
  over.setAttribute("role", active ? "application" : "img"); // "application": arrow keys reach us
  over.setAttribute("aria-label", data.label + (active ? ` Arrow keys move, Enter ${does} a cell.` : ""));
  over.classList.toggle("pickable", active);
  over.classList.toggle("editable", data.edit);
  const digits = (value) => Math.min(20, Math.max(data.decimals, 1 - Math.floor(Math.log10(Math.abs(value))))); // two at least
  const short = (value) => text(value, data.tiny ? 2 : Number.isInteger(value) ? 0 : digits(value), data.tiny);
  const swatch = (name) => Object.assign(document.createElement("i"), { className: name });
  const named = (name, words) => { const both = span(words); both.prepend(swatch(name)); return both; };
  const { floor, threshold, marks, marksTitle } = data;
  legend.replaceChildren(
    ...(floor === null ? [span(short(data.low))] : [span("log colours"), span(`≤ ${floor}`)]),
    swatch(role === "weights" ? "" : "diverging"), span(short(data.high)),
    ...(data.blocked ? [named("blocked", "blocked")] : []),
    ...(data.lost ? [named("lost", "no number")] : []),
    ...(threshold === null ? [] : [named("blank", `below ${threshold}`)]),
    ...(marks.length ? [named("mark", marksTitle)] : []),
  );
}

/** The cell under a pointer: [row, column]; a null stands for "on the labels". */
function under({ box, data }, { offsetX, offsetY }) {
  const r = Math.floor((offsetY - box.top) / box.h), c = Math.floor((offsetX - box.left) / box.w);
  if (r >= data.rows.length || c >= data.columns.length || (r < 0 && c < 0)) return null;
  return [r < 0 ? null : r, c < 0 ? null : c];
}

/** Follow the pointer or the arrow keys: cross hairs on the upper canvas, the value in words. */
function point(view, at) {
  view.at = at;
  view.pointed = false;
  if (view.box) crosshair(view, at);
  const { data, values, reading } = view;
  const [r, c] = at ?? data.cell ?? [null, null];
  if (r === null && c === null) {
    const click = data.edit ? ", click to change it" : data.pick ? ", click to choose" : "";
    const hint = span(`Point to read a value${click}`);
    hint.className = "hint";
    return reading.replaceChildren(hint);
  }
  if (r === null || c === null) return reading.replaceChildren(span(c === null ? data.rows[r] : data.columns[c]));
  const i = r * data.columns.length + c, value = values[i];
  const between = data.columnTitle.startsWith("key") ? " → " : " · ";
  const said = Number.isNaN(value) ? (view.isLost(i) ? "no number" : "blocked by the mask") : text(value, data.decimals, data.tiny) + (blank(data, value) ? " (blank)" : "");
  reading.replaceChildren(span(data.rows[r]), span(between, null, "b"), span(data.columns[c]), span(": ", null, "b"), span(said, null, "b"));
}
