// The queue: one card after the other without leaving the page. Every step is also a link or a form without this.
import { keep as drafts } from "./drafts.js";

const $ = (selector, root = document) => root.querySelector(selector);
const stage = () => $("#stage"), card = () => $("#card"), wide = () => matchMedia("(min-width: 761px)").matches;
const RENEW = 60_000, SOON = 120_000; // ms: how often typing renews the claim; when the page asks "still deciding?"
let renewed = 0;

/** Mark the line of the open card and let the keys lead to its neighbours. */
function mark() {
  const open = card()?.dataset.task, items = [...document.querySelectorAll(".qitem")];
  const at = items.findIndex((item) => item.id === `q-${open}`);
  items.forEach((item, n) => {
    const link = $(".cover", item);
    item.classList.toggle("is-current", n === at);
    n === at ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current");
    link.dataset.key = n === at + 1 ? "j ArrowDown" : n === at - 1 ? "k ArrowUp" : "";
  });
  return items[at];
}

function settle() {
  document.querySelectorAll("[data-noscript]").forEach((element) => { element.hidden = true; });
  const item = mark();
  document.body.dataset.view = card() ? "detail" : "list";
  if (item) { item.scrollIntoView({ block: "nearest" }); if (wide() && !$("dialog[open]")) $(".cover", item).focus({ preventScroll: true }); }
  if (!wide()) scrollTo(0, 0);
  document.querySelectorAll("#card dialog[data-modal]").forEach((dialog) => { dialog.close(); show(dialog); });
}

function show(dialog) { dialog.showModal(); count(); ($(".errsum", dialog) ?? [...dialog.querySelectorAll("textarea, input[type=date]")].find((field) => field.checkVisibility()))?.focus(); }

/** A decision that needs words opens its dialog instead of being sent. */
function ask(button) {
  const dialog = $("#ask"), { asks, label } = button.dataset;
  dialog.dataset.asks = asks;
  $("[data-save]", dialog).value = button.value;
  dialog.querySelectorAll("[data-said]").forEach((place) => { place.textContent = label; });
  show(dialog);
}

function count() {
  const place = $("[data-count]"), field = $("#id_rationale");
  if (place && field) place.textContent = field.value.trim().length;
}

function submit(event) {
  const button = event.submitter, dialog = $("#card dialog[open]");
  if (event.target.id !== "card") return;
  const stop = () => { event.preventDefault(); event.stopPropagation(); };
  // Enter or Ctrl+Enter inside a dialog means its own button, not the form's first.
  if (dialog && !button?.closest("dialog")) { stop(); setTimeout(() => $("[data-save]", dialog)?.click()); return; }
  if (!dialog && button?.dataset.asks) { stop(); ask(button); }
}

async function renew(isAsked) {
  const form = card();
  if (!form?.dataset.renew || (!isAsked && Date.now() - renewed < RENEW)) return;
  renewed = Date.now();
  const answer = await fetch(form.dataset.renew, { method: "POST", headers: { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value } }).catch(() => null);
  const place = $("[data-until]");
  if (answer?.ok && place) place.dataset.until = new Date(Date.now() + (await answer.json()).seconds * 1000).toISOString();
}

function clock() {
  const place = $("[data-until]"), banner = $("[data-still]");
  if (!place) return;
  const left = Math.max(0, Date.parse(place.dataset.until) - Date.now()), seconds = Math.floor(left / 1000);
  place.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  if (banner) banner.hidden = left > SOON;
}

// A view can be taken back: pressing the chosen one again clears it.
let before = null;
document.addEventListener("pointerdown", ({ target }) => { before = target.closest?.(".fv label")?.querySelector("input:checked") ?? null; });
document.addEventListener("click", ({ target }) => {
  if (before && target === before) { target.checked = false; target.dispatchEvent(new Event("input", { bubbles: true })); before = null; }
  const focus = target.closest?.("[data-focus]");
  if (focus) { const group = document.getElementById(focus.dataset.focus)?.name; ($(`[name=${group}]:checked`) ?? document.getElementById(focus.dataset.focus))?.focus(); }
  if (target.closest?.("[data-again]")) renew(true);
  if (target.closest?.("[data-open]")) $("dialog[open] textarea")?.focus(); // at once: the next key is typed already
});
document.addEventListener("input", ({ target }) => { if (target.id === "id_rationale") count(); if (target.form === card()) renew(false); });
document.addEventListener("submit", submit, true);

// Refusals bring the card as it stands: they are shown. A page of another address (signed out) is opened as a whole.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (/\/sign-in\//.test(detail.xhr.responseURL)) { detail.shouldSwap = false; location.assign(location.href); return; }
  if ([409, 422].includes(detail.xhr.status)) { detail.shouldSwap = true; detail.isError = false; }
});
let scrolled = 0;
document.addEventListener("htmx:oobBeforeSwap", () => { scrolled = $("#qlist")?.scrollTop ?? scrolled; });
document.addEventListener("htmx:oobAfterSwap", () => { const list = $("#qlist"); if (list) list.scrollTop = scrolled; });
document.addEventListener("htmx:afterSettle", ({ detail }) => { if (detail.target === stage()) settle(); });
document.addEventListener("htmx:historyRestore", () => { drafts(); settle(); });

setInterval(clock, 1000);
clock();
if (card()) settle();
// On a wide screen the queue opens with its first free card; a phone shows the list first.
else if (wide()) $(".qitem:not(.is-locked) .cover")?.click();
