// The cells of one matrix: colours and stripes, or thumbnails of many matrices; and the cross over what is taken out.

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
