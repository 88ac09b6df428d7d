{ // While a page arrives: what lies below a part that has no height yet keeps its place unseen (first_visit.css), and
  // is shown two frames after that part was drawn. So nothing jumps before a reader's eyes.
  const LATE = ".stMain :is([data-testid=stSkeleton], [data-testid^=stBidiComponent]:not([data-drawn]))";
  const BLOCK = ".stElementContainer, [data-testid=stLayoutWrapper]";

  /** The blocks with a late part inside, outermost ones too. */
  const late = () => {
    const found = new Set();
    for (const part of document.querySelectorAll(LATE)) {
      for (let block = part.closest(BLOCK); block; block = block.parentElement?.closest(BLOCK) ?? null) found.add(block);
    }
    return found;
  };
  const arriving = new MutationObserver(() => {
    const now = late();
    for (const block of now) block.setAttribute("data-late", "");
    for (const block of document.querySelectorAll("[data-late]")) {
      if (!now.has(block)) afterTwoFrames(() => late().has(block) || block.removeAttribute("data-late"));
    }
  });
  const afterTwoFrames = (act) => requestAnimationFrame(() => requestAnimationFrame(act));
  arriving.observe(document, { childList: true, subtree: true, attributeFilter: ["data-drawn"] });

  // from the first click or key on, a reader knows why something moves; and should a part never come, the rest is shown
  const arrived = () => {
    arriving.disconnect();
    for (const block of document.querySelectorAll("[data-late]")) block.removeAttribute("data-late");
  };
  for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, arrived, { once: true, capture: true });
  setTimeout(arrived, 20_000);
}
