// Several pictures in one component: each in a shadow root of its own, so that none wears another's styles. KINDS, put
// in front by together.py, says how each kind is drawn. What a picture sends goes out under its own key.

const mounted = new WeakMap(); // by component: key → { element, root, stop } of each picture

export default function component({ data, parentElement, setStateValue, setTriggerValue }) {
  const box = parentElement.querySelector(".together"), pictures = mounted.get(parentElement) ?? new Map();
  if (!mounted.has(parentElement)) delete box.dataset.shape; // mounted once more in its place: the pictures are gone
  mounted.set(parentElement, pictures);
  const shape = JSON.stringify(data, (name, value) => (name === "data" ? undefined : value));
  if (box.dataset.shape !== shape) { // else everything stays in its place, and with it the focus
    box.replaceChildren(columnsOf(data, pictures));
    box.dataset.shape = shape;
  }
  const parts = partsOf(data);
  for (const { kind, key, data: its } of parts) {
    const picture = pictures.get(key), under = (send) => (name, value) => send(`${key}_${name}`, value);
    picture.stop = KINDS[kind].draw({
      data: its, parentElement: picture.root, setStateValue: under(setStateValue), setTriggerValue: under(setTriggerValue),
    });
  }
  for (const [key, { stop }] of pictures) {
    if (parts.some((part) => part.key === key)) continue;
    stop?.();
    pictures.delete(key);
  }
  return () => { for (const { stop } of pictures.values()) stop?.(); mounted.delete(parentElement); };
}

const partsOf = ({ columns }) => columns.flatMap(({ items }) => items.flatMap((item) => (item.columns ? partsOf(item) : item.kind ? [item] : [])));

function columnsOf({ gap, columns }, pictures) {
  const row = document.createElement("div");
  row.className = "columns";
  row.style.setProperty("--gap", gap);
  for (const { title, onPhones, share, items } of columns) {
    const column = document.createElement("div"), name = document.createElement("b");
    column.className = "column";
    column.style.setProperty("--share", share);
    name.textContent = onPhones;
    if (onPhones) column.append(name);
    if (title) column.append(words(title));
    for (const item of items) column.append(drawn(item, pictures));
    row.append(column);
  }
  return row;
}

function drawn(item, pictures) {
  if (item.columns) return columnsOf(item, pictures);
  if (item.kind) return pictureOf(item, pictures);
  return item.prose ? prose(item.prose) : words(item);
}

/** A paragraph of ours: its **bold**, *slanted* and :blue[coloured] words, its icons, a quotation. The rest is literal. */
function prose(markdown) {
  const isQuoted = markdown.startsWith("> "), line = document.createElement(isQuoted ? "blockquote" : "div"), open = [line];
  line.className = "prose";
  for (const piece of markdown.slice(isQuoted ? 2 : 0).split(/(\*\*?|:material\/\w+:|:[a-z]+\[|\])/)) {
    const top = open.at(-1), [, icon] = /^:material\/(\w+):$/.exec(piece) ?? [], [, colour] = /^:([a-z]+)\[$/.exec(piece) ?? [];
    const tag = colour ? "span" : { "**": "strong", "*": "em" }[piece], closes = piece === "]" ? "span" : tag;
    if (open.length > 1 && !colour && top.localName === closes) open.pop();
    else if (icon) top.append(symbol(icon));
    else if (tag) {
      const inner = document.createElement(tag);
      if (colour) inner.style.color = `var(--st-${colour}-text-color)`;
      top.append(inner);
      open.push(inner);
    } else top.append(piece);
  }
  return line;
}

function symbol(name) {
  const icon = document.createElement("span");
  icon.className = "symbol";
  icon.setAttribute("role", "img");
  icon.setAttribute("aria-label", `${name} icon`);
  icon.textContent = name;
  return icon;
}

function words(text) {
  const line = document.createElement("div");
  line.className = "words";
  line.textContent = text;
  return line;
}

function pictureOf({ kind, key }, pictures) {
  if (pictures.get(key)?.kind !== kind) {
    const element = document.createElement("div"), root = element.attachShadow({ mode: "open" });
    root.innerHTML = `<style>${KINDS[kind].css}</style>${KINDS[kind].html}`; // our own files
    pictures.get(key)?.stop?.();
    pictures.set(key, { kind, element, root, stop: null });
  }
  return pictures.get(key).element;
}
