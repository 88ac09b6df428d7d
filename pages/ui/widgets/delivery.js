// Values that must all arrive, in order. Streamlit runs a busy page once for several messages, but a component's state
// is part of each of them: so the state holds everything that Python has not confirmed, numbered; `heard` is the last
// number that Python took. A component in which something is only chosen can do without: there the last click counts.

const outboxes = new Map(); // by Python's name for the component in this session: they outlive the component

/** What this component has on its way, without what Python has confirmed. */
function outboxOf({ delivery: { inbox, heard, picture } }, setStateValue) {
  if (!outboxes.has(inbox)) outboxes.set(inbox, { inbox, last: heard, waiting: [] });
  const box = Object.assign(outboxes.get(inbox), { picture, setStateValue });
  box.last = Math.max(box.last, heard);
  box.waiting = box.waiting.filter(([number]) => number > heard);
  return box;
}

/** Send a value, made on the picture that is shown, or on the one that was. */
function send(box, event, value, picture = box.picture) {
  box.waiting.push([++box.last, picture, value]);
  box.setStateValue(event, { inbox: box.inbox, waiting: [...box.waiting] });
}

/** The values on their way that belong to the picture that is shown. */
const onTheWay = (box) => box.waiting.filter(([, picture]) => picture === box.picture).map(([, , value]) => value);
