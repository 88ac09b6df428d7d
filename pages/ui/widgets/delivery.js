// Values that must all arrive, in order. In a busy moment Streamlit keeps only the last trigger of a component, so
// each one carries everything that Python has not confirmed, numbered; `heard` is the last number that Python took.
// A component in which something is only chosen can do without: there the last click is the one that counts.

const PATIENCE = 4000; // milliseconds until what was not confirmed is sent again; doubled each time
const outboxes = new Map(); // by Python's name for the component in this session: they outlive the component

/** What this component has on its way, without what Python has confirmed. */
function outboxOf({ delivery: { inbox, heard, picture } }, setTriggerValue) {
  if (!outboxes.has(inbox)) outboxes.set(inbox, { inbox, last: heard, waiting: [], timer: null });
  const box = Object.assign(outboxes.get(inbox), { picture, setTriggerValue });
  box.last = Math.max(box.last, heard);
  box.waiting = box.waiting.filter(([number]) => number > heard);
  if (!box.waiting.length) rest(box);
  else if (box.timer === null) later(box, PATIENCE); // not now: a trigger may be lost while a component begins
  return box;
}

/** Send a value, made on the picture that is shown, or on the one that was. */
function send(box, event, value, picture = box.picture) {
  box.waiting.push([++box.last, picture, value]);
  box.event = event;
  tell(box, PATIENCE);
}

/** The values on their way that belong to the picture that is shown. */
const onTheWay = (box) => box.waiting.filter(([, picture]) => picture === box.picture).map(([, , value]) => value);

function tell(box, patience) {
  box.setTriggerValue(box.event, { inbox: box.inbox, waiting: box.waiting });
  later(box, patience);
}

function later(box, patience) {
  rest(box);
  box.timer = setTimeout(() => tell(box, 2 * patience), patience);
}

/** Nothing is sent again: all is confirmed, or the component is gone. */
function rest(box) {
  clearTimeout(box.timer);
  box.timer = null;
}
