// What was typed survives a closed tab, a lost line and an ended session. `data-draft` on a form names its draft.
// Where the form names an address in `data-keep` the server keeps it too: it survives a closed browser.
// A sent draft is dropped by the next page that is not an error and not the sign-in page: only then was it taken.
const DRAFT = "draft:", SENT = "sent:", BROKEN = "broken";
const store = () => { try { return sessionStorage; } catch { return null; } };
const held = (name) => !/csrf|password|^next$/.test(name);

function read(form) {
  return [...new FormData(form)].filter(([name, value]) => held(name) && typeof value === "string");
}

function write(form, values) {
  for (const element of form.elements) {
    if (!element.name || !held(element.name) || element.type === "file" || element.type === "hidden") continue;
    const mine = values.filter(([name]) => name === element.name).map(([, value]) => value);
    if (["checkbox", "radio"].includes(element.type)) element.checked = mine.includes(element.value);
    else if (mine.length && "value" in element && element.tagName !== "BUTTON") element.value = mine[0];
  }
}

function settle(box) {
  const sent = Object.keys(box).filter((key) => key.startsWith(SENT));
  if (document.body.matches(".p-error, .p-signin")) { if (sent.length) box.setItem(BROKEN, "1"); return; }
  const broken = box.getItem(BROKEN);
  box.removeItem(BROKEN);
  for (const key of sent) {
    if (broken) box.setItem(DRAFT + key.slice(SENT.length), box.getItem(key));
    box.removeItem(key);
  }
}

const waits = new Map(), REST = 1200; // ms of rest before what was typed goes to the server
let left = 0; // when the page was left: the next one may have been made before the draft came to the server
addEventListener("beforeunload", () => { left = Date.now(); });

function later(form, box, key) {
  clearTimeout(waits.get(form));
  waits.set(form, setTimeout(save, REST, form, box, key));
}

/** A signal that gives up what runs beside a form when the form is sent: by then it has nothing left to ask about. */
export function until_sent(form) {
  const end = new AbortController();
  form.addEventListener("submit", () => end.abort(), { once: true });
  return end.signal;
}

async function save(form, box, key) {
  waits.delete(form);
  const typed = box.getItem(key), place = form.querySelector("[data-saved]");
  const answer = await fetch(form.dataset.keep, { method: "POST", body: new FormData(form), signal: until_sent(form) }).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  if (place) place.textContent = (await answer.json()).saved;
  if (box.getItem(key) === typed && Date.now() - left > 60_000) box.removeItem(key);
}

// What was typed in the last second goes along when the page is closed.
addEventListener("pagehide", () => { for (const form of waits.keys()) navigator.sendBeacon(form.dataset.keep, new FormData(form)); });

function follow(form, box) {
  const name = form.dataset.draft, key = DRAFT + name;
  form.dataset.kept = "";
  const saved = box.getItem(key);
  // After a refusal the server has sent the values back itself, together with the errors.
  if (saved && !document.querySelector(".errsum") && !form.querySelector(".err")) { write(form, JSON.parse(saved)); form.dispatchEvent(new Event("input", { bubbles: true })); }
  form.addEventListener("input", () => { box.setItem(key, JSON.stringify(read(form))); if (form.dataset.keep) later(form, box, key); });
  form.addEventListener("submit", () => { clearTimeout(waits.get(form)); waits.delete(form); box.setItem(SENT + name, JSON.stringify(read(form))); box.removeItem(key); });
}

/** Restore and follow every form that names a draft. */
export function keep() {
  const box = store();
  if (!box) return;
  settle(box);
  document.querySelectorAll("form[data-draft]:not([data-kept])").forEach((form) => follow(form, box));
}
