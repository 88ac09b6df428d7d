// Theme colours as numbers. Put in front of the components' own scripts by their Python modules
// (inline components cannot import one another). Colours are read at every draw, so a switch
// between light and dark needs nothing else than a redraw.

const eye = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });

/** Any CSS colour → [r, g, b]: the browser parses it, one pixel is read back. */
function rgb(colour) {
  eye.fillStyle = colour;
  eye.fillRect(0, 0, 1, 1);
  return [...eye.getImageData(0, 0, 1, 1).data].slice(0, 3);
}

/** Streamlit's theme as this component sees it: theme("blue-text-color") → "#1b60da". */
function themeOf(parentElement) {
  const style = getComputedStyle(parentElement.host ?? parentElement);
  return (name) => style.getPropertyValue(`--st-${name}`).trim();
}

/** 256 colours from low to high. Diverging scales get the page itself as their middle: 0 is paper. */
function ramp(theme, diverging) {
  const stops = theme(`chart-${diverging ? "diverging" : "sequential"}-colors`).split(",").map(rgb);
  const at = stops.map((_, i) => i / (stops.length - 1));
  if (diverging) {
    stops.splice(stops.length / 2, 0, rgb(theme("background-color")));
    at.splice(at.length / 2, 0, 0.5);
  }
  return Array.from({ length: 256 }, (_, step) => {
    const t = step / 255;
    const right = Math.max(1, at.findIndex((x) => x >= t));
    const f = (t - at[right - 1]) / (at[right] - at[right - 1]);
    return stops[right].map((c, i) => Math.round(stops[right - 1][i] * (1 - f) + c * f));
  });
}

const READABLE = 4.5; // contrast of small text, by WCAG 2.2; of black and white one always has it

/** inkOn(theme)([r, g, b]): of the theme's two inks the one that stands out better there, or black or white. */
function inkOn(theme) {
  const inks = [theme("text-color"), theme("background-color"), "black", "white"].map((colour) => ({ colour, light: luminance(rgb(colour)) }));
  return (ground) => {
    const light = luminance(ground), contrast = (ink) => (Math.max(ink.light, light) + 0.05) / (Math.min(ink.light, light) + 0.05);
    const best = (some) => some.reduce((one, other) => (contrast(one) >= contrast(other) ? one : other));
    const own = best(inks.slice(0, 2));
    return (contrast(own) >= READABLE ? own : best(inks)).colour;
  };
}

/** WCAG: how bright a colour is. */
function luminance(colour) {
  const [r, g, b] = colour.map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** base64 → bytes. Numbers travel as text because raw bytes would have to travel alone. */
function bytes(base64) {
  return Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
}

/** A small picture of one pixel per cell, to be enlarged: `colour(i)` is [r, g, b], or null for no pixel. */
function pixels(nRows, nColumns, colour) {
  const image = new ImageData(nColumns, nRows), canvas = new OffscreenCanvas(nColumns, nRows);
  for (let i = 0; i < nRows * nColumns; i++) {
    const drawn = colour(i);
    if (drawn) image.data.set([...drawn, 255], 4 * i);
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

/** Diagonal stripes: "not allowed", which no number is ever drawn as. */
function hatch(theme, pixel) {
  const size = 6 * pixel;
  const tile = new OffscreenCanvas(size, size);
  const pen = tile.getContext("2d");
  pen.fillStyle = theme("secondary-background-color");
  pen.fillRect(0, 0, size, size);
  pen.strokeStyle = theme("gray-color");
  pen.globalAlpha = 0.55;
  pen.lineWidth = pixel;
  for (const x of [-size, 0, size]) {
    pen.moveTo(x - 1, size + 1);
    pen.lineTo(x + size + 1, -1);
  }
  pen.stroke();
  return pen.createPattern(tile, "repeat");
}
