// What the components that draw numbers share: one view for each mounted component, the roles' colours,
// sharp canvases, numbers as text, and the line above the picture. Text from data is only ever drawn or
// set as textContent.

const COLOUR = { query: "blue", key: "orange", value: "green", weights: "violet", output: "red" };
const views = new WeakMap(); // the page calls a component again on every change of data or theme

/**
 * The view of a mounted component: its parts by name, made once; `draw` is called when its width changes.
 * @returns {any}
 */
function viewOf(root, parts, open, draw) {
  if (views.has(root)) return views.get(root);
  const view = { root, at: null, width: 0 };
  for (const [name, selector] of Object.entries(parts)) view[name] = root.querySelector(selector);
  // in a closed tab or expander the width is 0: it is drawn when that opens
  view.observer = new ResizeObserver(() => { if (view.stage.clientWidth !== view.width) draw(view); });
  view.observer.observe(view.stage);
  views.set(root, view);
  open(view);
  return view;
}

/** What a component gives back: called when it leaves the page. */
const closing = (view) => () => {
  view.observer.disconnect();
  view.seen = null;
  views.delete(view.root);
};

/** The pen of a canvas of this size in CSS pixels, as sharp as the screen. */
function resized(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1, pen = canvas.getContext("2d");
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  pen.scale(ratio, ratio);
  return pen;
}

/** @returns {any} */
function element(tag, words = "", colour = null) {
  const made = document.createElement(tag);
  made.textContent = words;
  if (colour) made.style.color = `var(--st-${colour}-text-color)`;
  return made;
}

/** Rounded as Python's format does (ties to even), so that one number has one text on the page. */
const formats = new Map(); // to make one costs more than to draw a cell
function fixed(value, decimals) {
  if (!formats.has(decimals)) {
    formats.set(decimals, new Intl.NumberFormat("en", { minimumFractionDigits: decimals, maximumFractionDigits: decimals,
      roundingMode: "halfEven", signDisplay: "negative", useGrouping: false }));
  }
  return formats.get(decimals).format(value);
}

// a frame, two rows and a column
const TABLE = '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M4 5h16v14H4zM4 10h16M4 14.5h16M10 10v9"/></svg>';

/** The line above the picture: heading, grey note, and the button that opens numbers and files. Alone, the button joins the axes' titles. */
function showCorner(root, { heading, note, files, role }, setTriggerValue) {
  let line = root.querySelector(".corner");
  if (!heading && !note && !files) return line?.remove();
  if (!line) root.querySelector("figure > *, .box, .diagram").before(line = newCorner());
  const [name, aside, button] = ["b", "span", "button"].map((tag) => line.querySelector(tag));
  line.classList.toggle("bare", !heading && !note);
  for (const [part, words] of [[name, heading], [aside, note]]) {
    part.textContent = words ?? "";
    part.hidden = !words;
  }
  name.style.color = /^(query|key|value)$/.test(role) ? `var(--st-${COLOUR[role]}-text-color)` : "";
  aside.title = note ?? "";
  button.hidden = !files;
  button.title = files ?? "";
  button.setAttribute("aria-label", files ?? "");
  button.onclick = () => setTriggerValue("files", 1);
}

function newCorner() {
  const line = element("div"), words = element("div"), button = element("button");
  line.className = "corner";
  button.type = "button";
  button.innerHTML = TABLE; // a constant: nothing that anyone typed is ever parsed
  words.append(element("b"), element("span"));
  line.append(words, button);
  return line;
}

// Values that must all arrive, in order. Streamlit runs a busy page once for several messages, but a component's state
// is part of each of them: so the state holds everything that Python has not confirmed, numbered; `heard` is the last
// number that Python took. A component in which something is only chosen can do without: there the last click counts.

const outboxes = new Map(); // by Python's name for the component in this session: they outlive the component

/** What this component has on its way, without what Python has confirmed. */
function outboxOf({ delivery: { inbox, heard, picture } }, setStateValue) {
  if (!outboxes.has(inbox)) outboxes.set(inbox, { inbox, last: heard, waiting: [] });
  const box = Object.assign(outboxes.get(inbox), { picture, setStateValue });
  box.last = Math.max(box.last, heard);
  box.waiting = box.waiting.filter(([number]) => number > heard);
  return box;
}

/** Send a value, made on the picture that is shown, or on the one that was. */
function send(box, event, value, picture = box.picture) {
  box.waiting.push([++box.last, picture, value]);
  box.setStateValue(event, { inbox: box.inbox, waiting: [...box.waiting] });
}

/** The values on their way that belong to the picture that is shown. */
const onTheWay = (box) => box.waiting.filter(([, picture]) => picture === box.picture).map(([, , value]) => value);
