// Time on a card: visible, and used in the last 30 s. Told every 20 s, with the form, and when the card is left.
const IDLE = 30_000, TELL = 20_000, NAMES = ["active", "sections", "place"];
const FOLDS = { "s-forecast": "forecast", "s-conversation": "conversation", "s-last_brand": "last_brand", "s-risk_note": "risk_note" };
let form = null, active = 0, used = 0, last = 0, told = 0, opened = new Set(), heard = () => {};

function tick() {
  const now = performance.now(), gone = now - last;
  last = now;
  if (!form || document.hidden || now - used > IDLE) return;
  active += Math.min(gone, 2000);
  if (now - told > TELL) tell(false);
}

/** What there is to tell since the last time: whole seconds, sections unfolded, place in the list. */
function take() {
  const seconds = Math.floor(active / 1000), items = [...document.querySelectorAll(".qitem")];
  active -= seconds * 1000;
  told = performance.now();
  const place = items.findIndex((item) => item.id === `q-${form.dataset.task}`) + 1;
  return [seconds, [...opened].join(" "), place || ""];
}

function tell(isLast) {
  if (!form || (active < 1000 && isLast)) return;
  const body = new FormData();
  body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
  take().forEach((value, n) => body.set(NAMES[n], value));
  if (isLast) { navigator.sendBeacon(form.dataset.seen, body); return; }
  const asked = form;
  fetch(asked.dataset.seen, { method: "POST", body }).then((answer) => answer.ok && answer.json()).then((said) => said && heard(asked, said)).catch(() => null);
}

/** Follow a card from now on; `hear` is told how the card stands on the server. */
export function attend(card, hear) {
  heard = hear;
  if (card === form) return;
  tell(true);
  form = card?.dataset.seen ? card : null;
  active = 0;
  opened = new Set();
  used = last = told = performance.now();
}

/** Write what is not told yet into the form that is sent. */
export function sending() {
  if (form && !form.elements.place) tell(true); // a first view counts its own time
  else if (form) take().forEach((value, n) => { form.elements[NAMES[n]].value = value; });
}

for (const name of ["pointermove", "pointerdown", "keydown", "wheel", "input", "scroll"]) {
  document.addEventListener(name, () => { used = performance.now(); }, { passive: true, capture: true });
}
document.addEventListener("toggle", ({ target }) => {
  if (!target.open || !form?.contains(target)) return;
  const summary = target.querySelector("summary");
  const name = target.dataset.section ?? FOLDS[summary?.id] ?? (summary?.querySelector(".allf") ? "factors" : "");
  if (name) opened.add(name);
}, true);
addEventListener("pagehide", () => tell(true));
document.addEventListener("visibilitychange", () => { if (document.hidden) tell(true); });
setInterval(tick, 1000);
