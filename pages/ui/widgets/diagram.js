// Boxes and arrows, placed by Python, drawn as SVG in the colours of the theme. It is drawn anew on
// every change and keeps no state. Text from data is only ever set as textContent.

const ROOM = 12; // pixels of a box that its text leaves free

function draw(name, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

const ink = (role, kind) => (role ? `var(--st-${COLOUR[role]}-${kind})` : null);

export default function component({ data, parentElement, setTriggerValue }) {
  const width = data.view[2];
  const svg = draw("svg", { viewBox: data.view.join(" "), role: data.pick ? "group" : "img", "aria-label": data.label });
  svg.style.width = `${width}px`;
  svg.style.minWidth = `${Math.round(width * 0.74)}px`; // smaller, and nobody could read it
  for (const arrow of data.arrows) svg.append(arrowOf(arrow));
  for (const box of data.boxes) svg.append(boxOf(box, data, setTriggerValue));
  for (const { label, middle, role } of data.arrows) {
    if (!label) continue;
    const text = draw("text", { x: middle[0], y: middle[1] + 4, class: "along" }, label);
    text.style.fill = ink(role, "text-color") ?? "";
    svg.append(text);
  }
  parentElement.querySelector(".diagram").replaceChildren(svg);
  showCorner(parentElement, data, setTriggerValue);
  parentElement.querySelector(".corner")?.style.setProperty("--picture", `${width}px`);
  for (const text of svg.querySelectorAll("text[data-room]")) shorten(text);
}

function arrowOf({ path, width, tip, role }) {
  const colour = ink(role, "color") ?? "var(--st-gray-color)";
  const id = `tip-${role ?? "plain"}-${Math.round(tip * 100)}`;
  const line = draw("path", { d: path, "stroke-width": width, class: "arrow", "marker-end": `url(#${id})` });
  line.style.stroke = colour;
  const head = draw("marker", { id, viewBox: "0 0 10 10", refX: 0, refY: 5, orient: "auto",
    markerWidth: tip, markerHeight: tip, markerUnits: "userSpaceOnUse" }, draw("path", { d: "M 0 0 L 10 5 L 0 10 z" }));
  head.firstChild.style.fill = colour;
  return draw("g", { opacity: 0.75 }, head, line);
}

function boxOf(box, data, setTriggerValue) {
  const group = draw("g", { class: "box" });
  const frame = draw("rect", { x: box.x, y: box.y, width: box.width, height: box.height, rx: 8 });
  frame.style.fill = ink(box.role, "background-color") ?? "";
  frame.style.stroke = ink(box.role, "color") ?? "";
  group.append(draw("title", {}, box.lines.join(", ")), frame);
  group.classList.toggle("selected", box.name === data.selected);
  box.lines.forEach((line, i) => {
    const text = draw("text", { x: box.x + box.width / 2, y: box.y + 9 + 17 * i + 13, "data-room": box.width - ROOM,
      class: i ? "" : "first" }, line);
    text.style.fill = ink(box.role, "text-color") ?? "";
    group.append(text);
  });
  if (data.pick) {
    const pick = () => setTriggerValue("pick", box.name);
    group.setAttribute("role", "button");
    group.setAttribute("tabindex", 0);
    group.setAttribute("aria-label", box.lines.join(", "));
    group.setAttribute("aria-pressed", box.name === data.selected);
    group.onclick = pick;
    group.onkeydown = (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      pick();
    };
  }
  return group;
}

/** Cut a line that is longer than its box; the whole of it is in the box's title. */
function shorten(text) {
  const room = Number(text.dataset.room), letters = [...text.textContent];
  while (letters.length > 1 && text.getComputedTextLength() > room) {
    letters.pop();
    text.textContent = `${letters.join("")}…`;
  }
}
