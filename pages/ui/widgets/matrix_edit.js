// Changing a cell: an input laid over it, as in a spreadsheet. Enter, Tab or a click elsewhere keeps
// what was typed, Escape does not, and what is no number cannot be kept.

const NUMBER = /^[−-]?(\d+([.,]\d*)?|[.,]\d+)(e[−-]?\d+)?$/i;

/** Open the cell: with all digits of its number selected, or with the key that was typed. */
function openCell(view, [r, c], typed = null) {
  const { box, data, stage, over, picture } = view, was = view.values[r * data.columns.length + c];
  if (r === null || c === null || Number.isNaN(was)) return; // blocked: there is no number
  const input = document.createElement("input");
  input.inputMode = "decimal";
  input.value = typed ?? was;
  input.setAttribute("aria-label", `${data.rows[r]}, ${data.columns[c]}`);
  const place = { left: box.left + c * box.w, top: box.top + r * box.h, width: box.w, height: box.h };
  for (const [side, pixels] of Object.entries(place)) input.style[side] = `${pixels}px`;
  let open = true;
  const typedNumber = () => Number(input.value.trim().replace(",", ".").replace(/−/g, "-"));
  const close = (keep) => {
    if (!open) return;
    open = false; // before remove(), which blurs
    const number = typedNumber();
    input.remove();
    view.leaveCell = null;
    if (keep && number !== was) view.edit([r, c, number], picture);
  };
  const isNumber = () => NUMBER.test(input.value.trim()) && Number.isFinite(typedNumber());
  const refuse = () => {
    input.setAttribute("aria-invalid", "true");
    view.reading.replaceChildren(element("span", "That is no number. Type one such as 0.5 or -2."));
  };
  input.oninput = () => input.removeAttribute("aria-invalid");
  input.onblur = view.leaveCell = () => close(isNumber());
  input.onkeydown = (event) => {
    event.stopPropagation(); // letters are shortcuts elsewhere on the page
    if (!["Enter", "Tab", "Escape"].includes(event.key)) return;
    event.preventDefault();
    if (event.key !== "Escape" && !isNumber()) return refuse();
    close(event.key !== "Escape");
    over.focus();
    const next = event.key === "Tab" ? neighbour(view, r, c, event.shiftKey ? -1 : 1) : null;
    if (next) openCell(view, next);
    else point(view, [r, c]);
  };
  stage.append(input);
  input.focus();
  if (typed === null) input.select();
}

/**
 * The cell before or after, row by row; null past the ends.
 * @returns {[number, number] | null}
 */
function neighbour({ data }, r, c, step) {
  const n = data.columns.length, at = r * n + c + step;
  return at >= 0 && at < n * data.rows.length ? [Math.floor(at / n), at % n] : null;
}
