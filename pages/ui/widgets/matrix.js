// One matrix: reads the data, listens to pointer and keys, says the value, reports picks. The
// picture itself is drawn by matrix_draw.js. Text from data is only ever drawn or set as
// textContent. Nothing is animated, so reduced motion needs no case.

const STEP = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
const NUMBER = /^[−-]?(\d+([.,]\d*)?|[.,]\d+)(e[−-]?\d+)?$/i;
const PARTS = { stage: ".stage", plot: ".plot", over: ".pointer", titles: ".titles", reading: ".reading", legend: ".legend", figure: "figure" };

export default function component({ data, parentElement, setStateValue, setTriggerValue }) {
  const view = viewOf(parentElement, PARTS, open, draw), box = outboxOf(data, setStateValue);
  const { delivery, ...shown } = data;
  showCorner(parentElement, data, setTriggerValue);
  if (view.box && view.picture !== delivery.picture) view.leaveCell?.(); // it belongs to what was shown
  view.picture = delivery.picture;
  view.pick = (cell) => send(box, "pick", cell);
  view.edit = (cell, picture) => { send(box, "edit", cell, picture); showEdits(view, box); draw(view); };
  // most runs of a page change nothing here; a font that has arrived late does
  const seen = [JSON.stringify(shown), data.edit && JSON.stringify(box.waiting), themeOf(parentElement)("background-color"), document.fonts.status].join();
  if (seen !== view.seen) {
    view.seen = seen;
    const show = (shades) => {
      if (view.seen !== seen) return; // overtaken while the thumbnails were unpacked
      Object.assign(view, decode(data), { data, shades });
      showEdits(view, box);
      if (!inside(view, view.at)) view.at = null;
      describe(view);
      draw(view);
    };
    if (data.pictures) unpack(data.pictures.shades).then(show);
    else show(null);
  }
  return closing(view);
}

async function unpack(base64) {
  const stream = new Blob([bytes(base64)]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function open(view) {
  const { over } = view;
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
}

/** Where the keyboard begins: at the marked cell, else in the marked or the first row. */
const origin = ({ data }) => data.cell ?? [data.row ?? 0, 0];
const inside = ({ data }, at) => at && at[0] < data.rows.length && at[1] < data.columns.length && at[0] >= 0 && at[1] >= 0;
const choose = (view, at) => {
  if (view.data.edit && at) openCell(view, at);
  else if (view.data.pick && at && at[0] !== null && !(view.data.texts && at[1] === null)) view.pick(at);
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

/** A number as it is read and printed; where all would read 0.00, as Python writes its power of ten. */
function text(value, decimals, tiny = false) {
  if (!tiny) return fixed(value, decimals);
  return value === 0 ? "0" : value.toExponential(Math.max(0, decimals - 1)).replace(/(?<=e[+-])(?=\d$)/, "0");
}

/** Everything that is not the picture: titles, alt text, legend. */
function describe({ data, over, titles, legend }) {
  const { role } = data;
  // a title that begins with a role's name wears that role's colour, as everywhere on the page
  const colour = (title) => COLOUR[title.split(" ")[0]] ?? (role === "weights" ? null : COLOUR[role]);
  titles.replaceChildren(element("span", `${data.rowTitle} ↓`, colour(data.rowTitle)), element("span", `${data.columnTitle} →`, colour(data.columnTitle)));
  over.tabIndex = 0;
  const does = data.hint ? `Enter: ${data.hint}.` : `Enter ${data.edit ? "changes" : "chooses"} a cell.`, active = data.edit || data.pick;
  over.setAttribute("role", active ? "application" : "img"); // "application": arrow keys reach us
  over.setAttribute("aria-label", data.label + (active ? ` Arrow keys move, ${does}` : ""));
  over.classList.toggle("pickable", active);
  over.classList.toggle("editable", Boolean(data.edit));
  const digits = (value) => Math.min(20, Math.max(data.decimals, 1 - Math.floor(Math.log10(Math.abs(value))))); // two at least
  const short = (value) => text(value, data.tiny ? 2 : Number.isInteger(value) ? 0 : digits(value), data.tiny);
  const swatch = (name) => Object.assign(element("i"), { className: name });
  const named = (name, words) => { const both = element("span", words); if (name) both.prepend(swatch(name)); return both; };
  const { floor, threshold, marks = [], marksTitle } = data, [low, high] = data.ends ?? [short(data.low), short(data.high)];
  legend.replaceChildren(
    ...(floor == null ? [element("span", low)] : [element("span", "log colours"), element("span", `≤ ${floor}`)]),
    swatch(role === "weights" ? "" : "diverging"), element("span", high),
    ...(data.legend ?? []).map(([name, words]) => named(name, words)),
    ...(data.blocked ? [named("blocked", "blocked")] : []),
    ...(data.lost ? [named("lost", "no number")] : []),
    ...(threshold == null ? [] : [named("blank", `below ${threshold}`)]),
    ...(marks.length ? [named("mark", marksTitle)] : []),
  );
}

/** The cell under a pointer: [row, column]; a null stands for "on the labels". */
function under({ box, data }, { offsetX, offsetY }) {
  if (!box) return null;
  const r = Math.floor((offsetY - box.top) / box.h), c = Math.floor((offsetX - box.left) / box.w);
  if (r >= data.rows.length || c >= data.columns.length || (r < 0 && c < 0)) return null;
  return [r < 0 ? null : r, c < 0 ? null : c];
}

/** Follow the pointer or the arrow keys: cross hairs on the upper canvas, the value in words. */
function point(view, at) {
  view.at = at;
  view.pointed = false;
  if (!view.data) return;
  if (view.box) crosshair(view, at);
  const { data, values, reading } = view, [rowName, columnName, valueName] = data.spoken ?? ["", "", ""];
  const [r, c] = at ?? data.cell ?? [null, null];
  if (r === null && c === null) {
    const does = data.hint ?? (data.edit ? "change it" : data.pick ? "choose" : null);
    const hint = element("span", `Point to read a value${does ? `, click to ${does}` : ""}`);
    hint.className = "hint";
    return reading.replaceChildren(hint);
  }
  const row = label(rowName + data.rows[r]), column = label(columnName + data.columns[c]);
  if (r === null || c === null) return reading.replaceChildren(c === null ? row : column);
  const between = data.columnTitle.startsWith("key") ? " → " : " · ";
  reading.replaceChildren(row, element("b", between), column, element("b", `: ${valueName}`), element("b", words(view, r * data.columns.length + c, values)));
}

/** A row's or column's name in the reading. Two long ones share the room; arrow and value are never cut. */
function label(text) {
  const span = element("span", text);
  span.style.minWidth = `min(2em, ${text.length / 2}ch)`;
  return span;
}

/** What is read of one cell. */
function words({ data, isLost }, i, values) {
  if (data.texts) return data.texts[Math.floor(i / data.columns.length)][i % data.columns.length];
  if (Number.isNaN(values[i])) return isLost(i) ? "no number" : "blocked by the mask";
  return text(values[i], data.decimals, data.tiny) + (blank(data, values[i]) ? " (blank)" : "");
}

/**
 * Changing a cell: an input laid over it, as in a spreadsheet. Enter, Tab or a click elsewhere keeps what was typed,
 * Escape does not, and what is no number cannot be kept. It opens with all digits of its number selected, or with the key that was typed.
 */
function openCell(view, [r, c], typed = null) {
  const { box, data, stage, over, picture } = view, was = view.values[r * data.columns.length + c];
  if (r === null || c === null || Number.isNaN(was)) return; // blocked: there is no number
  const input = document.createElement("input");
  input.inputMode = "decimal";
  input.value = typed ?? was;
  input.setAttribute("aria-label", `${data.rows[r]}, ${data.columns[c]}`);
  const place = { left: box.left + c * box.w, top: box.top + r * box.h, width: box.w, height: box.h };
  for (const [side, pixels] of Object.entries(place)) input.style[side] = `${pixels}px`;
  let open = true;
  const typedNumber = () => Number(input.value.trim().replace(",", ".").replace(/−/g, "-"));
  const close = (keep) => {
    if (!open) return;
    open = false; // before remove(), which blurs
    const number = typedNumber();
    input.remove();
    view.leaveCell = null;
    if (keep && number !== was) view.edit([r, c, number], picture);
  };
  const isNumber = () => NUMBER.test(input.value.trim()) && Number.isFinite(typedNumber());
  const refuse = () => {
    input.setAttribute("aria-invalid", "true");
    view.reading.replaceChildren(element("span", "That is no number. Type one such as 0.5 or -2."));
  };
  input.oninput = () => input.removeAttribute("aria-invalid");
  input.onblur = view.leaveCell = () => close(isNumber());
  input.onkeydown = (event) => {
    event.stopPropagation(); // letters are shortcuts elsewhere on the page
    if (!["Enter", "Tab", "Escape"].includes(event.key)) return;
    event.preventDefault();
    if (event.key !== "Escape" && !isNumber()) return refuse();
    close(event.key !== "Escape");
    over.focus();
    const next = event.key === "Tab" ? neighbour(view, r, c, event.shiftKey ? -1 : 1) : null;
    if (next) openCell(view, next);
    else point(view, [r, c]);
  };
  stage.append(input);
  input.focus();
  if (typed === null) input.select();
}

/**
 * The cell before or after, row by row; null past the ends.
 * @returns {[number, number] | null}
 */
function neighbour({ data }, r, c, step) {
  const n = data.columns.length, at = r * n + c + step;
  return at >= 0 && at < n * data.rows.length ? [Math.floor(at / n), at % n] : null;
}
