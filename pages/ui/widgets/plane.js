// One plane: reads the data, follows pointer, finger and keys, says where a mark is, reports moves.
// Below, the picture as SVG: grid, axes,
// arrows, dots, the angle, and names placed beside the tips where they cover least. Colours are CSS variables, so a change
// of theme needs no redraw. Text from data is only ever set as textContent. Nothing is animated.

const STEP = { ArrowUp: [0, 1], ArrowDown: [0, -1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
const NEAR = 22; // pixels: half of the 44 that a finger needs
const TICKS = 4; // about so many on each half axis
const LINE = 18, LONGEST_NAME = 20, HEAD = 11;
const TURNS = [0, 40, -40, 80, -80, 120, -120, 180].map((degrees) => (degrees * Math.PI) / 180);
const meter = new OffscreenCanvas(1, 1).getContext("2d"); // measures text
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

function node(tag, attributes = {}, text = null) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text !== null) element.textContent = text;
  return element;
}

/** A number as short as it can be read: four digits, a true minus, no trailing zeros. */
function short(value) {
  const far = value !== 0 && (Math.abs(value) >= 1e6 || Math.abs(value) < 1e-4);
  const written = new Intl.NumberFormat("en", { maximumSignificantDigits: 4, useGrouping: false,
    signDisplay: "negative", notation: far ? "scientific" : "standard" }).format(value);
  return written.replace("-", "−");
}

const place = ({ x, y }) => `(${short(x)}, ${short(y)})`;
const ink = (role, text) => (COLOUR[role] ? `var(--st-${COLOUR[role]}${text ? "-text" : ""}-color)` : "var(--st-text-color)");

/** The square world in the middle of the stage, in CSS pixels. */
function fit({ stage, data }) {
  const width = stage.clientWidth, side = Math.min(width, data.height), unit = (side / 2 - 8) / data.reach;
  return { width, height: side, unit, x: (x) => width / 2 + x * unit, y: (y) => side / 2 - y * unit };
}

function draw(view) {
  view.width = view.stage.clientWidth;
  if (!view.width || !view.data) return;
  const { svg, picture, marks } = view, box = (view.box = fit(view));
  svg.setAttribute("width", box.width);
  svg.setAttribute("height", box.height);
  const tips = marks.map((mark) => [box.x(mark.x), box.y(mark.y)]);
  const roots = marks.map(({ start }) => start && [box.x(start[0]), box.y(start[1])]);
  const [arc, degrees] = angle(view, tips, roots);
  picture.replaceChildren(
    ...grid(view), ...arc, ...marks.flatMap((mark, i) => shape(mark, tips[i], roots[i])), ...degrees, ...names(view, tips, roots, degrees),
  );
  view.handles.forEach((handle) => {
    const [x, y] = tips[handle.dataset.mark];
    handle.setAttribute("transform", `translate(${x} ${y})`);
  });
}

/** Distance between ticks: 1, 2 or 5 times a power of ten. */
function step(reach) {
  const rough = reach / TICKS, power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((n) => n * power).find((size) => size >= rough * 0.999);
}

function grid({ box, data }) {
  const { x, y } = box, { reach } = data, size = step(reach), edge = [-reach, reach];
  const across = (at, kind) => node("line", { class: kind, x1: x(edge[0]), x2: x(edge[1]), y1: y(at), y2: y(at) });
  const upright = (at, kind) => node("line", { class: kind, x1: x(at), x2: x(at), y1: y(edge[0]), y2: y(edge[1]) });
  const counts = Array.from({ length: Math.floor(reach / size + 1e-9) }, (_, i) => (i + 1) * size);
  const ticks = [...counts.map((at) => -at), ...counts];
  const [right, top] = data.titles;
  return [
    ...ticks.flatMap((at) => [across(at, "grid"), upright(at, "grid")]),
    across(0, "axis"), upright(0, "axis"),
    // a number too near the edge would be cut, or stand under the axis' title
    ...ticks.filter((at) => Math.abs(at) * box.unit < box.height / 2 - 16).flatMap((at) => [
      node("text", { class: "tick", x: x(at), y: y(0) + 14, "text-anchor": "middle" }, short(at)),
      node("text", { class: "tick", x: x(0) - 6, y: y(at) + 4, "text-anchor": "end" }, short(at)),
    ]),
    // under the numbers: above the axis, marks near it would lie on the title
    node("text", { class: "title", x: x(reach), y: y(0) + 30, "text-anchor": "end" }, right && `${right} →`),
    node("text", { class: "title", x: x(0) + 8, y: y(reach) + 12 }, top && `↑ ${top}`),
  ];
}

/** A dot, or an arrow whose head ends at the tip. */
function shape({ role, faint }, [x, y], root) {
  const paint = { fill: ink(role), stroke: ink(role), opacity: faint ? 0.4 : 1 };
  const length = root ? Math.hypot(x - root[0], y - root[1]) : 0;
  if (length < 1) return [node("circle", { ...paint, class: "dot", cx: x, cy: y, r: 5 })];
  const head = Math.min(HEAD, length), [along, down] = [(x - root[0]) / length, (y - root[1]) / length];
  const [neckX, neckY] = [x - head * along, y - head * down], wing = head * 0.5;
  return [
    node("line", { ...paint, class: "shaft", x1: root[0], y1: root[1], x2: neckX, y2: neckY }),
    node("path", { ...paint, class: "head",
      d: `M${x} ${y}L${neckX - wing * down} ${neckY + wing * along}L${neckX + wing * down} ${neckY - wing * along}Z` }),
  ];
}

/** The arc between two arrows, which lies under them, and its degrees, which lie above. */
function angle({ data }, tips, roots) {
  if (!data.angle) return [[], []];
  const [a, b] = data.angle.map((i) => [tips[i][0] - roots[i][0], roots[i][1] - tips[i][1]]);
  const lengths = [Math.hypot(...a), Math.hypot(...b)];
  if (Math.min(...lengths) < 1) return [[], []]; // a vector without length points nowhere
  const from = Math.atan2(a[1], a[0]);
  const turn = Math.atan2(a[0] * b[1] - a[1] * b[0], a[0] * b[0] + a[1] * b[1]); // −π … π
  const radius = Math.min(36, ...lengths.map((length) => length * 0.7)), [cx, cy] = roots[data.angle[0]];
  const at = (radians, r) => [cx + r * Math.cos(radians), cy - r * Math.sin(radians)];
  // the number stands beyond the arc, farther out where the arrows leave it little room
  const out = radius + Math.min(60, Math.max(18, 18 / Math.sin(Math.abs(turn) / 2) - radius));
  const [start, end, text] = [at(from, radius), at(from + turn, radius), at(from + turn / 2, out)];
  return [
    [node("path", { class: "arc", d: `M${start}A${radius} ${radius} 0 0 ${turn > 0 ? 0 : 1} ${end}` })],
    [node("text", { class: "degrees", x: text[0], y: text[1] + 4, "text-anchor": "middle" }, `${((Math.abs(turn) * 180) / Math.PI).toFixed(0)}°`)],
  ];
}

/** Each name beside its tip, where it covers least of the other names, the degrees, tips, shafts and the edge. */
function names({ marks, box, svg, at }, tips, roots, degrees) {
  const { fontFamily } = getComputedStyle(svg);
  const taken = degrees.map((text) => ({ x: Number(text.getAttribute("x")), y: text.getAttribute("y") - 5, w: 36, h: LINE }));
  const spots = marks.flatMap((_, i) => along(tips[i], roots[i]));
  meter.font = `600 14px ${fontFamily}`;
  const order = marks.map((_, i) => i).sort((i, j) => marks[i].faint - marks[j].faint || marks[j].movable - marks[i].movable);
  return order.flatMap((i) => {
    const mark = marks[i], letters = [...mark.name];
    const name = letters.length > LONGEST_NAME ? `${letters.slice(0, LONGEST_NAME - 1).join("")}…` : mark.name;
    const text = i === at ? `${name} ${place(mark)}` : name;
    if (!text) return [];
    /** @type {[number, number]} */
    const size = [meter.measureText(text).width + 4, LINE];
    const close = mark.movable ? 14 : 8;
    const best = [0, 16, 36].flatMap((away) => candidates(tips[i], roots[i], size, close, away))
      .map((spot) => ({ spot, cost: cost(spot, box, taken, spots) }))
      .reduce((least, next) => (next.cost < least.cost ? next : least)).spot;
    taken.push(best);
    const leader = best.away ? [node("line", { class: "leader", x1: tips[i][0], y1: tips[i][1], x2: best.near[0], y2: best.near[1] })] : [];
    const fill = mark.faint ? "var(--st-gray-text-color)" : ink(mark.role, true);
    return [...leader, node("text", { class: "name", fill, x: best.x, y: best.y + 5, "text-anchor": "middle" }, text)];
  });
}

/** Places for a name around a tip: first ahead of the arrow (right of a dot), then ever further round. */
function candidates([x, y], root, [w, h], close, away) {
  const ahead = root && (x !== root[0] || y !== root[1]) ? Math.atan2(y - root[1], x - root[0]) : 0;
  return TURNS.map((turn, rank) => {
    const [c, s] = [Math.cos(ahead + turn), Math.sin(ahead + turn)], far = close + away;
    return { x: x + (far + w / 2) * c, y: y + (far + h / 2) * s, w, h, away, rank, near: [x + far * c, y + far * s] };
  });
}

/** Square pixels of other names covered, and as much as seems fair for the rest. */
function cost(spot, box, taken, spots) {
  const overlap = (other) => Math.max(0, (spot.w + other.w) / 2 - Math.abs(spot.x - other.x)) * Math.max(0, (spot.h + other.h) / 2 - Math.abs(spot.y - other.y));
  const covers = ([x, y]) => Math.abs(x - spot.x) < spot.w / 2 + 3 && Math.abs(y - spot.y) < spot.h / 2 + 3;
  const outside = spot.x < spot.w / 2 || spot.x > box.width - spot.w / 2 || spot.y < spot.h / 2 || spot.y > box.height - spot.h / 2;
  const covered = spots.filter(covers).reduce((sum, [, , price]) => sum + price, 0);
  return spot.rank / 4 + spot.away + covered + 1000 * Number(outside) + taken.reduce((sum, other) => sum + overlap(other), 0);
}

/** What a name should not cover, as [x, y, price]: the tip, and points every few pixels of an arrow's shaft. */
function along([x, y], root) {
  const n = root ? Math.ceil(Math.hypot(x - root[0], y - root[1]) / 10) : 0;
  const shaft = Array.from({ length: n }, (_, i) => [root[0] + ((x - root[0]) * i) / n, root[1] + ((y - root[1]) * i) / n, 4]);
  return [...shaft, [x, y, 20]];
}
