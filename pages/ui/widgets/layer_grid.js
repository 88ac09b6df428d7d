// The grid of all heads: reads the data, listens to pointer and keys, says the value, reports picks.
// The picture is drawn by layer_grid_draw.js. Text from data is only ever drawn or set as textContent.

const STEP = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
const views = new WeakMap(); // one per mounted component: the page calls us again on every change

export default function component({ data, parentElement, setStateValue, setTriggerValue }) {
  if (!views.has(parentElement)) views.set(parentElement, open(parentElement));
  showCorner(parentElement, data, setTriggerValue);
  const view = views.get(parentElement), values = new Float64Array(bytes(data.values).buffer);
  const box = outboxOf(data, setStateValue), pick = (at) => send(box, "pick", at);
  const show = (shades) => {
    Object.assign(view, { data, values, shades, pick });
    if (!inside(view, view.at)) view.at = null;
    describe(view);
    draw(view);
  };
  view.newest = data; // unpacking takes a moment: what is overtaken meanwhile is not drawn
  if (data.pictures) unpack(data.pictures.shades).then((shades) => view.newest === data && show(shades));
  else show(null);
  return () => { view.observer.disconnect(); view.newest = null; views.delete(parentElement); };
}

async function unpack(base64) {
  const stream = new Blob([bytes(base64)]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function open(root) {
  const $ = (selector) => root.querySelector(selector);
  const view = { root, stage: $(".stage"), plot: $(".plot"), over: $(".pointer"), reading: $(".reading"),
                 legend: $(".legend"), at: null, data: null, width: 0 };
  view.observer = new ResizeObserver(() => { if (view.data && view.stage.clientWidth !== view.width) draw(view); });
  view.observer.observe(view.stage);
  const over = view.over;
  over.onpointermove = (event) => point(view, under(view, event));
  over.onpointerleave = (event) => event.pointerType !== "touch" && point(view, null);
  over.onfocus = () => over.matches(":focus-visible") && point(view, origin(view));
  over.onblur = () => point(view, null);
  over.onclick = (event) => { const at = under(view, event); if (at) view.pick(at); };
  over.onkeydown = (event) => {
    const step = STEP[event.key], at = view.at ?? origin(view);
    if (step) {
      const next = [at[0] + step[0], at[1] + step[1]];
      if (inside(view, next)) point(view, next);
    } else if (event.key === "Enter" || event.key === " ") view.pick(at);
    else if (event.key === "Escape") point(view, null);
    else return;
    event.preventDefault();
  };
  return view;
}

const origin = ({ data }) => data.selected ?? [0, 0];
const inside = ({ data }, at) => at && at[0] >= 0 && at[1] >= 0 && at[0] < data.layers.length && at[1] < data.nHeads;

function under(view, { offsetX, offsetY }) {
  if (!view.box) return null;
  const at = [Math.floor((offsetY - TOP) / view.box.h), Math.floor((offsetX - LEFT) / view.box.w)];
  return inside(view, at) ? at : null;
}

function span(words) {
  const element = document.createElement("span");
  element.textContent = words;
  return element;
}

/** Everything that is not the picture: alt text and legend. */
function describe({ data, values, shades, over, legend }) {
  over.tabIndex = 0;
  over.setAttribute("role", "application"); // so that arrow keys reach us
  over.setAttribute("aria-label", `${data.label} Arrow keys move, Enter: ${data.hint}.`);
  const end = data.ownScale ? "its largest weight" : "weight 1";
  const swatch = (name, words = "") => { const i = document.createElement("i"); i.className = name; i.textContent = words; return i; };
  legend.replaceChildren(span(data.diverging ? `−${data.highText}` : "0"), swatch(data.diverging ? "diverging" : ""),
    span(data.pictures ? end : `${data.diverging ? "+" : ""}${data.highText}`));
  if (!data.pictures && data.even !== null) legend.append(span(`· an even head: ${data.even}`));
  if (data.out.length) legend.append(swatch("out", "✕"), span("knocked out"));
  if (data.pictures ? shades.includes(data.pictures.blocked) : values.some(Number.isNaN)) {
    const why = data.pictures ? "blocked" : (data.unknown ?? "no value");
    legend.append(swatch(data.unknown ? "unknown" : "blocked"), span(why));
  }
}

/** Follow the pointer or the arrow keys: a frame on the upper canvas, the value in words. */
function point(view, at) {
  view.at = at;
  const { data, over, reading, root } = view, shown = at ?? data.selected;
  if (view.box) {
    const pen = over.getContext("2d");
    pen.clearRect(0, 0, over.width, over.height);
    if (at) outline(pen, view, at, themeOf(root)("primary-color"), 2);
  }
  reading.classList.toggle("hint", !shown);
  reading.textContent = shown
    ? `layer ${data.layers[shown[0]]} · head ${shown[1]}: ${data.name} ${data.texts[shown[0]][shown[1]]}`
    : `Point to read a value, click to ${data.hint}`;
}
