// One plane: reads the data, follows pointer, finger and keys, says where a mark is, reports moves.
// The picture itself is drawn by plane_draw.js. Nothing is animated, so reduced motion needs no case.

const STEP = { ArrowUp: [0, 1], ArrowDown: [0, -1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
const NEAR = 22; // pixels: half of the 44 that a finger needs
const PARTS = { stage: ".stage", svg: ".stage svg", picture: ".picture", layer: ".handles", reading: ".reading" };

export default function component({ data, parentElement, setStateValue, setTriggerValue }) {
  const view = viewOf(parentElement, PARTS, open, draw), box = outboxOf(data, setStateValue);
  Object.assign(view, { data, marks: data.marks.map((mark) => ({ ...mark })), send: (move) => send(box, "move", move) });
  if (!view.marks[view.at]) view.at = view.moving = null;
  for (const [i, x, y] of onTheWay(box)) Object.assign(view.marks[i], { x, y }); // newer than what Python knows
  if (view.moving) Object.assign(view.marks[view.at], view.here);
  showCorner(parentElement, data, setTriggerValue);
  offerHandles(view);
  show(view);
  return closing(view);
}

function open(view) {
  Object.assign(view, { handles: [], marks: [], moving: null }); // and while a mark moves, where from, and where it is
  const { svg } = view;
  svg.onpointerdown = (event) => {
    const handle = event.target.closest("[data-mark]");
    if (!handle || event.button) return;
    svg.setPointerCapture(event.pointerId); // on the picture: it outlives every redraw
    event.preventDefault(); // no selected text, no ring as from the keyboard
    take(view, Number(handle.dataset.mark), "pointer");
    show(view);
  };
  svg.onpointermove = (event) => {
    if (view.moving === "pointer") move(view, world(view, event));
    else point(view, nearest(view, event));
  };
  svg.onpointerup = () => release(view);
  svg.onpointercancel = () => putBack(view);
  svg.onpointerleave = (event) => { if (!view.moving && event.pointerType !== "touch") point(view, null); };
}

/** One focusable handle for each movable mark. They stay while the picture is redrawn: focus must not be lost. */
function offerHandles(view) {
  const movable = view.marks.map((_, i) => i).filter((i) => view.marks[i].movable);
  while (view.handles.length > movable.length) view.handles.pop().remove();
  while (view.handles.length < movable.length) view.handles.push(newHandle(view));
  view.handles.forEach((handle, n) => { handle.dataset.mark = movable[n]; });
}

function newHandle(view) {
  const handle = node("g", { class: "handle", tabindex: 0, role: "application", "aria-roledescription": "movable mark" });
  const here = () => Number(handle.dataset.mark);
  handle.append(node("circle", { class: "reach", r: NEAR }), node("circle", { class: "grip", r: 9 }));
  handle.ontouchstart = (event) => event.preventDefault(); // else the page would scroll under the finger
  handle.onfocus = () => point(view, here());
  handle.onblur = () => { release(view); point(view, null); };
  handle.onkeydown = (event) => {
    const step = STEP[event.key];
    if (event.key === "Escape") return putBack(view);
    if (!step) return;
    event.preventDefault();
    const { x, y } = view.marks[here()], { snap } = view.data;
    if (view.moving !== "keys") take(view, here(), "keys");
    move(view, [x + step[0] * snap, y + step[1] * snap]);
  };
  handle.onkeyup = (event) => { if (STEP[event.key]) release(view); }; // a key held down is one move
  view.layer.append(handle);
  return handle;
}

/** Where the pointer is, in pixels of the picture. */
function under({ svg }, { clientX, clientY }) {
  const { left, top } = svg.getBoundingClientRect();
  return [clientX - left, clientY - top];
}

/** … and in units of the world. */
function world(view, event) {
  const [left, down] = under(view, event), { width, height, unit } = view.box;
  return [(left - width / 2) / unit, (height / 2 - down) / unit];
}

function nearest(view, event) {
  const [left, down] = under(view, event), { marks, box } = view;
  const far = marks.map((mark) => Math.hypot(box.x(mark.x) - left, box.y(mark.y) - down));
  const least = Math.min(...far);
  return least < NEAR ? far.indexOf(least) : null;
}

function take(view, at, moving) {
  const { x, y } = view.marks[at];
  Object.assign(view, { at, moving, from: { x, y }, here: { x, y } });
}

/** The mark in hand goes to `place`, or as near as steps and the world allow. */
function move(view, place) {
  const { snap, reach } = view.data, most = Math.floor(reach / snap + 1e-9);
  const snapped = (at) => Math.min(most, Math.max(-most, Math.round(at / snap))) * snap;
  const [x, y] = place.map((at) => Number(snapped(at).toPrecision(12)) + 0); // 0.3, not 0.30…04; 0, not −0
  view.here = { x, y };
  Object.assign(view.marks[view.at], view.here);
  show(view);
}

/** Let go: only now Python hears of it. */
function release(view) {
  if (!view.moving) return;
  const { at, from, here } = view;
  view.moving = null;
  if (here.x !== from.x || here.y !== from.y) view.send([at, here.x, here.y]);
  show(view);
}

function putBack(view) {
  if (!view.moving) return;
  Object.assign(view.marks[view.at], view.from);
  view.moving = null;
  show(view);
}

function point(view, at) {
  if (view.moving || view.at === at) return;
  view.at = at;
  show(view);
}

function show(view) {
  describe(view);
  draw(view);
}

/** Everything that is not the picture: alt text, the handles' names, the line below. */
function describe({ svg, data, marks, handles, reading, at, moving }) {
  svg.setAttribute("role", handles.length ? "group" : "img");
  svg.setAttribute("aria-label", data.label);
  svg.classList.toggle("moving", moving === "pointer");
  for (const handle of handles) {
    const mark = marks[handle.dataset.mark];
    handle.style.color = ink(mark.role);
    handle.setAttribute("aria-label", `${mark.name} ${place(mark)}. Arrow keys move it.`);
  }
  const hint = handles.length ? "Drag a mark, or choose it with Tab and move it with the arrow keys" : "Point to read a place";
  reading.classList.toggle("hint", at === null);
  reading.textContent = at === null ? hint : `${marks[at].name} ${place(marks[at])}`;
}
