// The lines of some heads, and beside the tokens a square for each head. The canvas is as high as
// what can be seen: it is drawn anew at every scroll, only with the lines that cross it.

const LEAST_ROW = 20, LARGEST_ROW = 30, TALLEST = 460; // pixels; head_lines.css cuts at the same height
const MOST_FAINT = 2000; // lines in the background: more of them are a grey wall, and slow

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
