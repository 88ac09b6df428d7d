// The browser's history, one entry for each step of the reader. Streamlit adds an entry whenever Python writes a
// parameter into the address: one for every edit, two for a click that chooses layer and head, one while a page opens.
// So a new entry becomes a change of the one before where both belong to one step. The address itself is the same.
(() => {
  const SMALL = new Set(["edits", "row", "twin", "query", "layer", "head", "train"]); // a run of changes of these is one step
  const SAME_CLICK = 5000; // milliseconds within which whatever else is written is of one click: a busy server is late
  if (history.pushState.isOurs) return;
  let isTouched = false; // by the reader, since the page was opened
  let isNew = false; // the last entry, since the reader last did something
  let pushed = -Infinity; // when it was made

  /** The parameters in which an address differs from the one shown; null where it is another page's. */
  const changedBy = ({ pathname, searchParams }) => {
    if (pathname !== location.pathname) return null;
    const now = new URLSearchParams(location.search), names = new Set([...now.keys(), ...searchParams.keys()]);
    return [...names].filter((name) => String(now.getAll(name)) !== String(searchParams.getAll(name)));
  };
  const isOfThisClick = () => isNew && SAME_CLICK > performance.now() - pushed;
  const goesOn = (changed, before) => before.length > 0 && [...changed, ...before].every((name) => SMALL.has(name));
  const push = history.pushState.bind(history);
  const begin = (...entry) => { push(...entry); [isNew, pushed] = [true, performance.now()]; };
  history.pushState = (state, title, to) => {
    const changed = changedBy(new URL(to ?? location.href, location.href)), before = history.state?.changed ?? [];
    if (changed === null) { // what the new page writes first arrives while the address is still the old page's
      isTouched = false;
      return isOfThisClick() ? history.replaceState(state, title, to) : begin(state, title, to);
    }
    if (!isTouched) return history.replaceState(history.state, title, to);
    // a new page writes `edits` twice: it drops what the old page had, and adds its own
    if (goesOn(changed, before) || isOfThisClick()) return history.replaceState({ changed: [...new Set([...before, ...changed])] }, title, to);
    begin({ changed }, title, to);
  };
  history.pushState.isOurs = true;
  for (const event of ["pointerdown", "keydown", "click"]) addEventListener(event, () => { isTouched = true; isNew = false; }, true);
})();
