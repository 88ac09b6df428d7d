
// In a file nobody is asked: what is chosen is kept here, and the table follows it.
const data = JSON.parse(document.getElementById("data").textContent);
const rows = new Uint16Array(bytes(data.rows).buffer), nQueries = data.queries.length, nKeys = data.keys.length;

function show() {
  data.exact = new Float64Array(data.heads.length * nKeys);
  data.heads.forEach((_, h) => {
    for (let k = 0; k < nKeys; k++) {
      const step = rows[(h * nQueries + data.q) * nKeys + k];
      data.exact[h * nKeys + k] = step > 65534 ? NaN : step / 65534;
    }
  });
  const setTriggerValue = (_, [q, k]) => { Object.assign(data, { q, k }); show(); };
  component({ data: { ...data }, parentElement: document.getElementById("view"), setTriggerValue });
  document.getElementById("chosen").textContent = `Weights of query ${data.queries[data.q]}`;
  const head = document.createElement("thead"), body = document.createElement("tbody");
  head.append(line("th", ["key", ...data.heads.map((each) => `head ${each}`)]));
  data.keys.forEach((name, k) => body.append(line("td", [name, ...data.heads.map((_, h) => {
    const weight = data.exact[h * nKeys + k];
    return Number.isNaN(weight) ? "blocked" : fixed(weight, 4);
  })])));
  document.querySelector("table").replaceChildren(head, body);
}

function line(tag, words) {
  const row = document.createElement("tr");
  row.append(...words.map((word, i) => element(i ? tag : "th", word)));
  return row;
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);
show();
