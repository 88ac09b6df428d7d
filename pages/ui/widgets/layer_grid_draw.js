// The picture of the grid on two canvases: cells and the chosen head below, above them only what
// follows the pointer. Sizes are CSS pixels; cells are whole device pixels, so edges are sharp.

const LEFT = 30, TOP = 20, FONT = 12, WIDEST = 64, LOWEST = 22, SMALLEST = 38, TALLEST_GRID = 900, GAP = 4;

/** Thumbnails are square and stand apart; cells with a number are wide and touch. */
function layout({ data, stage }, ratio) {
  const nLayers = data.layers.length, room = (stage.clientWidth - LEFT - 4) / data.nHeads;
  const snap = (size) => Math.max(1, Math.floor(size * ratio)) / ratio;
  if (!data.pictures) return { w: snap(Math.min(room, WIDEST)), h: snap(LOWEST), gap: 0 };
  const size = snap(Math.min(room, WIDEST + GAP, Math.max(SMALLEST + GAP, TALLEST_GRID / nLayers)));
  return { w: size, h: size, gap: Math.min(GAP, size / 8) };
}

function draw(view) {
  const { data, root, stage, plot, over } = view;
  view.width = stage.clientWidth;
  if (!view.width) return; // in a closed tab or expander; the observer calls again when it opens
  const ratio = window.devicePixelRatio || 1, theme = themeOf(root);
  const box = (view.box = layout(view, ratio)), nLayers = data.layers.length;
  for (const canvas of [plot, over]) {
    const width = LEFT + box.w * data.nHeads + 3, height = TOP + box.h * nLayers + 3;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    canvas.getContext("2d").scale(ratio, ratio);
  }
  const pen = plot.getContext("2d"), colours = ramp(theme, data.diverging);
  if (data.pictures) drawPictures(pen, view, theme, colours);
  else drawNumbers(pen, view, theme, colours);
  drawLabels(pen, view, theme);
  if (data.selected) outline(pen, view, data.selected, theme("text-color"), 2.5, theme("background-color"));
  plot.dataset.drawn = data.pictures ? "pictures" : "numbers"; // for those who wait for it
  point(view, view.at);
}

const corner = ({ box }, row, head) => [LEFT + head * box.w, TOP + row * box.h];

function drawNumbers(pen, view, theme, colours) {
  const { data, values, box } = view, unknown = data.unknown ? theme("secondary-background-color") : hatch(theme, 1);
  const fits = box.w >= (data.diverging ? 40 : 34); // a sign takes room
  pen.font = `400 ${FONT - 1}px ${theme("font")}`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  const ink = inkOn(theme);
  data.texts.forEach((row, r) => row.forEach((words, head) => {
    const value = values[r * data.nHeads + head], [x, y] = corner(view, r, head);
    const share = Math.min(1, Math.max(-1, value / data.high)), step = data.diverging ? (share + 1) / 2 : Math.max(0, share);
    const shade = Number.isNaN(value) ? null : colours[Math.round(255 * step)];
    pen.fillStyle = shade ? `rgb(${shade})` : unknown;
    pen.fillRect(x, y, box.w, box.h);
    if (!shade || !fits) return;
    pen.fillStyle = ink(shade);
    pen.fillText(words, x + box.w / 2, y + box.h / 2 + 0.5);
  }));
  data.out.forEach(([r, head]) => cross(pen, view, r, head, theme));
  pen.fillStyle = theme("border-color");
  for (let head = 0; head <= data.nHeads; head++) pen.fillRect(LEFT + head * box.w - 0.5, TOP, 0.5, box.h * data.layers.length);
  for (let r = 0; r <= data.layers.length; r++) pen.fillRect(LEFT, TOP + r * box.h - 0.5, box.w * data.nHeads, 0.5);
}

/** Knocked out: a cross on the page's own ground, readable over every colour and number. */
function cross(pen, view, row, head, theme) {
  const [x, y] = corner(view, row, head), { w, h } = view.box, arm = Math.min(w, h) / 2 - 6;
  pen.fillStyle = theme("background-color");
  pen.fillRect(x + 1, y + 1, w - 2, h - 2);
  pen.strokeStyle = theme("red-text-color");
  pen.lineWidth = 2.5;
  pen.beginPath();
  for (const way of [-1, 1]) {
    pen.moveTo(x + w / 2 - arm, y + h / 2 - way * arm);
    pen.lineTo(x + w / 2 + arm, y + h / 2 + way * arm);
  }
  pen.stroke();
}

/** Each enlarged without smoothing, made smaller with it; blocked cells have no pixel and let stripes through. */
function drawPictures(pen, view, theme, colours) {
  const { data, shades, box } = view, { heads, size: [rows, columns], blocked } = data.pictures;
  const small = new OffscreenCanvas(columns, rows), brush = small.getContext("2d");
  const pixels = new ImageData(columns, rows), side = box.w - box.gap, stripes = hatch(theme, 1);
  pen.imageSmoothingEnabled = side * (window.devicePixelRatio || 1) < Math.max(rows, columns);
  let start = 0;
  heads.forEach((nHeads, r) => {
    for (let head = 0; head < nHeads; head++, start += rows * columns) {
      const [x, y] = corner(view, r, head);
      pixels.data.fill(0);
      let hidden = false;
      for (let i = 0; i < rows * columns; i++) {
        const shade = shades[start + i];
        if (shade === blocked) hidden = true;
        else pixels.data.set([...colours[Math.round((shade * 255) / (blocked - 1))], 255], 4 * i);
      }
      brush.putImageData(pixels, 0, 0);
      if (hidden) {
        pen.fillStyle = stripes;
        pen.fillRect(x, y, side, side);
      }
      pen.drawImage(small, x, y, side, side);
      pen.strokeStyle = theme("border-color");
      pen.lineWidth = 1;
      pen.strokeRect(x - 0.5, y - 0.5, side + 1, side + 1);
    }
  });
}

function drawLabels(pen, { data, box }, theme) {
  const chosen = data.selected ?? [null, null];
  const put = (words, bold, align, x, y) => {
    pen.font = `${bold ? 700 : 400} ${FONT}px ${theme("font")}`;
    pen.fillStyle = theme(bold ? "violet-text-color" : "text-color");
    pen.textAlign = align;
    pen.fillText(words, x, y);
  };
  pen.textBaseline = "middle";
  data.layers.forEach((name, r) => put(name, r === chosen[0], "right", LEFT - 7, TOP + r * box.h + (box.h - box.gap) / 2));
  const every = Math.ceil(20 / box.w);
  for (let head = 0; head < data.nHeads; head += every) {
    put(String(head), head === chosen[1], "center", LEFT + head * box.w + (box.w - box.gap) / 2, TOP / 2 - 1);
  }
}

function outline(pen, view, [row, head], colour, thick, halo) {
  const [x, y] = corner(view, row, head), { w, h, gap } = view.box;
  const strokes = halo ? [[halo, thick + 2.5], [colour, thick]] : [[colour, thick]];
  for (const [stroke, width] of strokes) {
    pen.strokeStyle = stroke;
    pen.lineWidth = width;
    pen.strokeRect(x - 0.5, y - 0.5, w - gap + 1, h - gap + 1);
  }
}
