// A sentence whose words are lit by weight. Everything is set as textContent, so what a reader typed
// is shown as it is. Rebuilt on every change of data or theme; focus is put back.

export default function ({ data, parentElement, setTriggerValue }) {
  const list = parentElement.querySelector(".sentence");
  const focused = parentElement.activeElement?.dataset?.word;
  const theme = themeOf(parentElement), colours = ramp(theme, false);
  const inks = [theme("text-color"), theme("background-color")].map((ink) => [ink, luminance(rgb(ink))]);
  list.setAttribute("aria-label", data.label);
  list.classList.toggle("large", data.large);
  list.replaceChildren();

  data.words.forEach(({ text, light, note, joined, faint }, i) => {
    const ground = colours[Math.round(255 * Math.min(1, Math.max(0, light)))];
    const contrast = ([, ink]) => ratio(ink, luminance(ground));
    const word = document.createElement(data.pick ? "button" : "span"), name = document.createElement("b");
    name.textContent = text;
    name.style.background = light > 0 ? `rgb(${ground})` : "none";
    name.style.color = (contrast(inks[0]) >= contrast(inks[1]) ? inks[0] : inks[1])[0];
    word.append(name);
    if (note) word.append(Object.assign(document.createElement("small"), { textContent: note }));
    word.className = `word${faint ? " faint" : ""}${i === data.selected ? " asks" : ""}`;
    word.dataset.word = i;
    if (data.pick) {
      word.type = "button";
      word.setAttribute("aria-pressed", i === data.selected);
      word.onclick = () => setTriggerValue("pick", i);
    }
    const item = joined && list.lastChild ? list.lastChild : list.appendChild(document.createElement("li"));
    item.append(word);
    item.classList.toggle("pieces", item.children.length > 1);
  });
  if (focused !== undefined) list.querySelector(`[data-word="${focused}"]`)?.focus({ preventScroll: true });
  return () => list.replaceChildren();
}

/** WCAG: how bright a colour is, and how well two of them stand apart. */
function luminance(colour) {
  const [r, g, b] = colour.map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
const ratio = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
