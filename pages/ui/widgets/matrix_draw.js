// The picture of one matrix on two canvases: cells, labels and marks below, and above them only
// what follows the pointer, so that hovering never redraws the cells.

const LARGEST_CELL = 52, LOWEST_ROW = 22, TALLEST_ROW = 26, TALLEST_PLOT = 720, TEXT = 12, LINE = 13;
const PICTURE = 64, SMALLEST_PICTURE = 38, TALLEST_PICTURES = 900, GAP = 4; // of thumbnails, and between them

/** Sizes in CSS pixels. Cells are whole device pixels, so edges are sharp and all cells equal. */
function layout(pen, { data, stage }) {
  const { rows, columns } = data, square = /^(key|query)/.test(data.columnTitle), ratio = window.devicePixelRatio || 1;
  const widest = (labels) => Math.ceil(Math.max(...labels.map((label) => pen.measureText(label).width)));
  const left = Math.min(widest(rows), 168, Math.floor(stage.clientWidth * 0.32)) + 8;
  const label = Math.min(widest(columns), 110);
  const snap = (size) => Math.floor(Math.max(1, size) * ratio + 0.01) / ratio;
  const fit = (right) => {
    const room = (stage.clientWidth - left - right - 2) / columns.length, height = data.edit ? TALLEST_ROW : data.texts ? LOWEST_ROW : TALLEST_PLOT / rows.length;
    if (data.pictures) {
      const size = snap(Math.min(room, PICTURE + GAP, Math.max(SMALLEST_PICTURE + GAP, TALLEST_PICTURES / rows.length)));
      return [size, size];
    }
    if (!square) return [snap(Math.min(room, Math.max(64, label + 12))), snap(Math.min(height, TALLEST_ROW))];
    const size = snap(Math.min(room, height, LARGEST_CELL));
    return [size, size];
  };
  let [w, h] = fit(0), turn = 0, top = LINE + 8, right = 0, need = Math.max(label + 6, 1);
  if (label > w - 6 && label > 28) { // too long to lie flat: lean while there is room, else stand
    // how far the last labels lean over the edge, with cells of the smallest size that leans
    right = Math.ceil(Math.max(0, ...columns.map((name, i) => Math.min(label, widest([name])) / 2 - (columns.length - 0.5 - i) * 16)));
    [w, h] = fit(right);
    turn = w >= 16 ? -Math.PI / 3 : -Math.PI / 2;
    if (w < 16) [w, h] = fit((right = 0));
    top = Math.ceil(label * (w >= 16 ? 0.87 : 1)) + 12;
    need = LINE;
  }
  return { left, top, right, w, h, turn, label, need, gap: data.pictures ? Math.min(GAP, w / 8) : 0, width: left + w * columns.length + right + 2, height: top + h * rows.length + 2 };
}

function draw(view) {
  const { data, values, root, plot, over, stage } = view;
  view.width = stage.clientWidth;
  if (!view.width || !data) return;
  const theme = themeOf(root), pen = plot.getContext("2d");
  const font = (size, weight = 400) => `${weight} ${size}px ${theme("font")}`;
  pen.font = font(TEXT, 600);
  const box = (view.box = layout(pen, view)), { left, top, w, h } = box;
  for (const canvas of [plot, over]) resized(canvas, box.width, box.height);
  const nRows = data.rows.length, nColumns = data.columns.length;
  view.figure.style.setProperty("--picture", `${Math.max(left + w * nColumns, 280)}px`); // corner and legend belong to it
  const colours = ramp(theme, data.role !== "weights");
  const shade = (value) => colours[Math.round(255 * level(data, value))];

  if (data.pictures) thumbnails(pen, view, theme, colours);
  else cells(pen, view, theme, shade);
  const line = (x, y, width, height, colour, thick = 1) => {
    pen.strokeStyle = colour; pen.lineWidth = thick; pen.strokeRect(x, y, width, height);
  };
  if (Math.min(w, h) >= 8 && !data.pictures) {
    pen.fillStyle = theme("border-color");
    for (let c = 1; c < nColumns; c++) pen.fillRect(left + c * w - 0.5, top, 0.5, h * nRows);
    for (let r = 1; r < nRows; r++) pen.fillRect(left, top + r * h - 0.5, w * nColumns, 0.5);
  }
  if (!data.pictures) line(left - 0.5, top - 0.5, w * nColumns + 1, h * nRows + 1, theme("border-color"));
  if (data.numbers && !data.pictures) printNumbers(pen, view, theme, font, shade);
  if (!data.pictures) for (const cell of data.out ?? []) cross(pen, view, cell, theme);
  labels(pen, view, theme, font);
  const [pickedRow, pickedColumn] = data.cell ?? [data.row, null];
  const marked = data.texts ? null : (data.row ?? pickedRow);
  if (marked !== null) line(left - 1, top + marked * h - 1, w * nColumns + 2, h + 2, theme("blue-color"), 2);
  if (pickedColumn !== null) {
    line(left + pickedColumn * w, top + pickedRow * h, w - box.gap, h - box.gap, theme("background-color"), 5);
    line(left + pickedColumn * w, top + pickedRow * h, w - box.gap, h - box.gap, theme("text-color"), 2.5);
  }
  marks(pen, view, theme);
  if (data.texts) plot.dataset.drawn = data.pictures ? "pictures" : "numbers"; // for those who wait for it
  point(view, view.at);
}

/** Enlarged without smoothing: fast at 512 × 512. Cells without a number are striped. */
function cells(pen, { data, values, isLost, box: { left, top, w, h } }, theme, shade) {
  const nRows = data.rows.length, nColumns = data.columns.length;
  const small = pixels(nRows, nColumns, (i) => (Number.isNaN(values[i]) || blank(data, values[i]) ? null : shade(values[i])));
  pen.imageSmoothingEnabled = false;
  pen.drawImage(small, left, top, w * nColumns, h * nRows);
  const stripe = (isStriped) => {
    for (let r = 0; r < nRows; r++) { // runs of blocked cells, not cells: half of a causal matrix is one run a row
      for (let c = 0, start = 0; c <= nColumns; c++) {
        if (c < nColumns && isStriped(r * nColumns + c)) continue;
        if (c > start) pen.fillRect(left + start * w, top + r * h, (c - start) * w, h);
        start = c + 1;
      }
    }
  };
  pen.fillStyle = data.unknown ? theme("secondary-background-color") : hatch(theme, 1);
  stripe((i) => Number.isNaN(values[i]));
  if (data.lost) {
    pen.fillStyle = hatch(theme, 1);
    pen.fillStyle.setTransform(new DOMMatrix([-1, 0, 0, 1, 0, 0])); // the other way: not blocked, but no number
    stripe(isLost);
  }
}

/** Each enlarged without smoothing, made smaller with it; blocked cells have no pixel and let stripes through. */
function thumbnails(pen, { data, shades, box: { left, top, w, gap } }, theme, colours) {
  const { heads, size: [rows, columns], blocked } = data.pictures, side = w - gap, n = rows * columns;
  const places = heads.flatMap((count, r) => Array.from({ length: count }, (_, c) => [left + c * w, top + r * w]));
  pen.imageSmoothingEnabled = side * (window.devicePixelRatio || 1) < Math.max(rows, columns);
  pen.strokeStyle = theme("border-color");
  pen.fillStyle = hatch(theme, 1);
  pen.lineWidth = 1;
  places.forEach(([x, y], place) => {
    const levels = shades.subarray(place * n, (place + 1) * n);
    if (levels.includes(blocked)) pen.fillRect(x, y, side, side);
    const small = pixels(rows, columns, (i) => (levels[i] === blocked ? null : colours[Math.round((levels[i] * 255) / (blocked - 1))]));
    pen.drawImage(small, x, y, side, side);
    pen.strokeRect(x - 0.5, y - 0.5, side + 1, side + 1);
  });
}

/** Taken out: a cross on the page's own ground, readable over every colour and number. */
function cross(pen, { box: { left, top, w, h } }, [r, c], theme) {
  const x = left + (c + 0.5) * w, y = top + (r + 0.5) * h, arm = Math.min(w, h) / 2 - 6;
  pen.fillStyle = theme("background-color");
  pen.fillRect(x - w / 2 + 1, y - h / 2 + 1, w - 2, h - 2);
  pen.strokeStyle = theme("red-text-color");
  pen.lineWidth = 2.5;
  pen.beginPath();
  for (const way of [-1, 1]) {
    pen.moveTo(x - arm, y - way * arm);
    pen.lineTo(x + arm, y + way * arm);
  }
  pen.stroke();
}

/** Blank because it is below the threshold: neither coloured nor printed, but read like any other. */
const blank = ({ threshold }, value) => threshold != null && value < threshold;

/** Where a value lies from the first colour (0) to the last (1); with a floor, on a logarithmic scale. */
function level({ low, high, floor }, value) {
  const share = floor == null ? (value - low) / (high - low) : Math.log(value / floor) / Math.log(high / floor);
  return Math.min(1, Math.max(0, share));
}

/** A bar in each marked cell of the chosen row; above its column where cells are small. */
function marks(pen, { data, box }, theme) {
  const { left, top, w, h } = box, small = h < 12, thick = small ? 3 : Math.min(5, h * 0.16), room = w > 6 ? 2 : 0;
  const y = small ? top - 5 : top + (data.row + 1) * h - thick - 1;
  for (const c of data.marks ?? []) {
    const x = left + c * w + room, width = Math.max(1, w - 2 * room);
    pen.fillStyle = theme("background-color");
    if (!small) pen.fillRect(x - 1, y - 1, width + 2, thick + 2);
    pen.fillStyle = theme("orange-color");
    pen.fillRect(x, y, width, thick);
  }
}

/** Numbers into the cells, with as many decimals as fit (at least one), in readable ink. */
function printNumbers(pen, { data, values, box }, theme, font, shade) {
  const { left, top, w, h } = box, n = data.columns.length, empty = (v) => Number.isNaN(v) || blank(data, v);
  const printed = (v, i, decimals) => (data.texts ? data.texts[Math.floor(i / n)][i % n] : text(v, decimals, data.tiny));
  pen.font = font(data.texts ? TEXT - 1 : TEXT);
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  const fits = (decimals) => values.every((v, i) => empty(v) || pen.measureText(printed(v, i, decimals)).width <= w - 6);
  let decimals = data.decimals;
  if (w < 30 || h < 18) return; // smaller would be a carpet of digits
  while (decimals > 1 && !fits(decimals)) decimals--;
  if (!fits(decimals)) return;
  const ink = inkOn(theme);
  values.forEach((value, i) => {
    if (empty(value)) return;
    pen.fillStyle = ink(shade(value));
    pen.fillText(printed(value, i, decimals), left + ((i % n) + 0.5) * w, top + (Math.floor(i / n) + 0.5) * h + 0.5);
  });
}

/** Row and column labels: as many as stand free of each other, the marked one always and bold. */
function labels(pen, { data, box }, theme, font) {
  const { left, top, w, h, turn, label, need, gap } = box, violet = data.texts && "violet";
  const side = (names, size, room, marked, colour, put) => {
    const every = Math.ceil(room / size);
    names.forEach((name, i) => {
      const bold = i === marked;
      if (!bold && (i % every || (marked !== null && Math.abs(i - marked) * size < room))) return;
      pen.font = font(TEXT, bold ? 700 : 400);
      pen.fillStyle = theme(bold ? `${colour}-text-color` : "text-color");
      pen.save();
      put(name, i);
      pen.restore();
    });
  };
  pen.direction = "ltr";
  pen.textBaseline = "middle";
  side(data.rows, h, LINE, data.row ?? data.cell?.[0] ?? null, violet || "blue", (name, i) => {
    pen.textAlign = "right";
    pen.fillText(shorten(pen, name, left - 8), left - 6, top + (i + 0.5) * h - gap / 2 + 0.5);
  });
  side(data.columns, w, need, data.cell?.[1] ?? null, violet || "orange", (name, i) => {
    pen.textAlign = turn ? "left" : "center";
    pen.translate(left + (i + 0.5) * w - gap / 2, top - (turn ? 6 : 9));
    pen.rotate(turn);
    pen.fillText(shorten(pen, name, label), 0, 0);
  });
}

/** A label cut to a width, with an ellipsis; the whole of it is shown on hover. */
function shorten(pen, name, width) {
  if (pen.measureText(name).width <= width + 1) return name;
  const letters = [...name].slice(0, 200); // each try measures all that is left
  while (letters.length > 1 && pen.measureText(`${letters.join("")}…`).width > width) letters.pop();
  return `${letters.join("")}…`;
}

function crosshair({ root, data, over, box }, at) {
  const { left, top, w, h } = box, theme = themeOf(root), pen = over.getContext("2d");
  pen.clearRect(0, 0, over.width, over.height);
  if (!at) return;
  const [r, c] = at;
  pen.fillStyle = theme("text-color");
  pen.globalAlpha = 0.13;
  if (r !== null) pen.fillRect(0, top + r * h, left + w * data.columns.length, h);
  if (c !== null) pen.fillRect(left + c * w, 0, w, top + h * data.rows.length);
  if (r === null || c === null) return;
  pen.globalAlpha = 1;
  pen.lineWidth = 1.5;
  pen.strokeStyle = theme("text-color");
  pen.strokeRect(left + c * w, top + r * h, w - box.gap, h - box.gap);
}
