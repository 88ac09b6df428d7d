// The line above a picture: its heading, a grey note, and in the right corner the button that opens
// its numbers and files. Without a heading the button stands in the line of the axes' titles.

// a frame, two rows and a column
const TABLE = '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M4 5h16v14H4zM4 10h16M4 14.5h16M10 10v9"/></svg>';

function showCorner(root, { heading, note, files, role }, setTriggerValue) {
  let line = root.querySelector(".corner");
  if (!heading && !note && !files) return line?.remove();
  if (!line) root.querySelector("figure > *, .box, .diagram").before(line = newCorner());
  const [name, aside, button] = ["b", "span", "button"].map((tag) => line.querySelector(tag));
  line.classList.toggle("bare", !heading && !note);
  for (const [element, words] of [[name, heading], [aside, note]]) {
    element.textContent = words ?? "";
    element.hidden = !words;
  }
  const colour = { query: "blue", key: "orange", value: "green" }[role];
  name.style.color = colour ? `var(--st-${colour}-text-color)` : "";
  aside.title = note ?? "";
  button.hidden = !files;
  button.title = files ?? "";
  button.setAttribute("aria-label", files ?? "");
  button.onclick = () => setTriggerValue("files", 1);
}

function newCorner() {
  const line = document.createElement("div"), words = document.createElement("div"), button = document.createElement("button");
  line.className = "corner";
  button.type = "button";
  button.innerHTML = TABLE; // a constant: nothing that anyone typed is ever parsed
  words.append(document.createElement("b"), document.createElement("span"));
  line.append(words, button);
  return line;
}
