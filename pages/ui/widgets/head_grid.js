// All heads as buttons with a small canvas each. The page calls this again on every change of data
// or theme; buttons are kept where they can be, so that the focused one stays focused.

export default function component({ data, parentElement, setTriggerValue }) {
  const grid = parentElement.querySelector(".heads");
  const [nHeads, nRows, nColumns] = data.shape;
  const levels = bytes(data.weights), theme = themeOf(parentElement), colours = ramp(theme, false);
  grid.setAttribute("aria-label", data.label);
  while (grid.children.length > nHeads) grid.lastChild.remove();
  for (let head = 0; head < nHeads; head++) {
    const button = grid.children[head] ?? grid.appendChild(thumbnail());
    const [canvas, number] = button.children;
    number.textContent = head;
    button.setAttribute("aria-label", `head ${head}`);
    button.setAttribute("aria-pressed", head === data.selected);
    button.onclick = () => setTriggerValue("pick", head);
    const size = nRows * nColumns;
    paint(canvas, levels.subarray(head * size, (head + 1) * size), nRows, nColumns, theme, colours);
  }
  return () => grid.replaceChildren();
}

function thumbnail() {
  const button = document.createElement("button");
  button.type = "button";
  button.append(document.createElement("canvas"), document.createElement("span"));
  return button;
}

/** Enlarged to whole device pixels a cell, without smoothing; level 255 is hatched. */
function paint(canvas, levels, nRows, nColumns, theme, colours) {
  const scale = Math.max(1, Math.floor((120 * (window.devicePixelRatio || 1)) / Math.max(nRows, nColumns)));
  canvas.width = nColumns * scale;
  canvas.height = nRows * scale;
  const small = pixels(nRows, nColumns, (i) => (levels[i] < 255 ? colours[Math.round((levels[i] * 255) / 254)] : null));
  const pen = canvas.getContext("2d");
  if (levels.includes(255)) { // stripes first: cells without a pixel let them through
    pen.fillStyle = hatch(theme, Math.max(1, canvas.width / 60));
    pen.fillRect(0, 0, canvas.width, canvas.height);
  }
  pen.imageSmoothingEnabled = false;
  pen.drawImage(small, 0, 0, canvas.width, canvas.height);
}
