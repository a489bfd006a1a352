// What was typed survives a closed tab, a lost line and an ended session. `data-draft` on a form names its draft.
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

function follow(form, box) {
  const name = form.dataset.draft, key = DRAFT + name;
  form.dataset.kept = "";
  const saved = box.getItem(key);
  // After a refusal the server has sent the values back itself, together with the errors.
  if (saved && !document.querySelector(".errsum") && !form.querySelector(".err")) { write(form, JSON.parse(saved)); form.dispatchEvent(new Event("input", { bubbles: true })); }
  form.addEventListener("input", () => box.setItem(key, JSON.stringify(read(form))));
  form.addEventListener("submit", () => { box.setItem(SENT + name, JSON.stringify(read(form))); box.removeItem(key); });
}

/** Restore and follow every form that names a draft. */
export function keep() {
  const box = store();
  if (!box) return;
  settle(box);
  document.querySelectorAll("form[data-draft]:not([data-kept])").forEach((form) => follow(form, box));
}
