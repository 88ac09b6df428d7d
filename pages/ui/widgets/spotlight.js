// A sentence whose words are lit by weight. Everything is set as textContent, so what a reader typed
// is shown as it is. Rebuilt on every change of data or theme; focus is put back.

export default function component({ data, parentElement, setTriggerValue }) {
  const list = parentElement.querySelector(".sentence");
  const focused = parentElement.activeElement?.dataset?.word;
  const theme = themeOf(parentElement), colours = ramp(theme, false), ink = inkOn(theme);
  list.setAttribute("aria-label", data.label);
  list.classList.toggle("large", data.large);
  list.replaceChildren();

  data.words.forEach(({ text, light, note, joined, faint }, i) => {
    const ground = colours[Math.round(255 * Math.min(1, Math.max(0, light)))];
    /** @type {any} */
    const word = document.createElement(data.pick ? "button" : "span"), name = document.createElement("b");
    name.textContent = text;
    name.style.background = light > 0 ? `rgb(${ground})` : "none";
    name.style.color = ink(ground);
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
