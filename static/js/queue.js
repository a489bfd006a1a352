// The queue: one card after the other without leaving the page. Every step is also a link or a form without this.
import { keep as drafts, until_sent } from "./drafts.js";
import { attend, sending } from "./attend.js";

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

/** How many cards are selected; more than may be decided at once cannot be sent. */
function picks() {
  const form = $("#bulk"), place = $("[data-npick]"), n = document.querySelectorAll(".pick :checked").length;
  if (!place) return;
  place.textContent = n;
  form.querySelectorAll("[name=choice]").forEach((button) => { button.disabled = !n || n > Number(place.dataset.most); });
}

// The next two cards are fetched ahead, as the page would get them, without taking them. One that is opened shows at once,
// untouchable until the server's own answer stands in its place. The first is asked for as soon as the page is at rest, for
// the next key may come at once; the second once the first is here and the page rests again.
const ahead = new Map(), FRESH = 60_000, rest = (work) => (window.requestIdleCallback ?? setTimeout)(work, { timeout: 200 });
let answered = null; // the card whose decision is on its way, while the next one is shown in its place
let looks = 0, asked = null; // the newest look ahead, and the newest request for a card: older ones end

async function look() {
  const turn = ++looks, items = [...document.querySelectorAll(".qitem")], at = items.findIndex((item) => item.matches(".is-current"));
  const next = items.slice(at + 1).filter((item) => !item.matches(".is-locked")).slice(0, 2).map((item) => $(".cover", item).href);
  for (const url of ahead.keys()) if (!next.includes(url)) ahead.delete(url);
  for (const url of next) {
    const known = ahead.get(url);
    if (known && Date.now() - known.at < FRESH) { await known.coming; continue; }
    const kept = { at: Date.now() };
    ahead.set(url, kept);
    kept.coming = fetch_ahead(url, kept);
    await kept.coming;
    await new Promise(rest);
    if (turn !== looks) return;
  }
}

async function fetch_ahead(url, kept) {
  const answer = await fetch(url, { headers: { "HX-Request": "true", "X-Ahead": "prefetch" } }).catch(() => null);
  if (answer?.ok && !answer.redirected) kept.html = await answer.text().catch(() => "");
}

function show_ahead({ detail }) {
  const from = detail.elt, sent = from === card();
  // A decision leads to the free card behind the row that leaves.
  const link = sent ? $(".is-leaving ~ .qitem:not(.is-locked) .cover") : from.matches?.(".cover") && from, kept = link && ahead.get(link.href);
  if (detail.target === stage()) asked = detail.xhr;
  if (!kept || Date.now() - kept.at > FRESH) return;
  const show_it = () => { if (kept.html) show_page(kept.html, sent && from); };
  // One that is on its way still comes before the answer that was asked for later.
  if (kept.html) show_it();
  else kept.coming?.then(() => { if (detail.xhr === asked && detail.xhr.readyState % XMLHttpRequest.DONE) show_it(); }); // neither given up nor answered
}

/** Two keys in a row ask for two cards: the answer that comes last must not cover the one that was asked for last. */
const is_late = ({ requestConfig, xhr }) => requestConfig.elt.matches(".cover") && xhr !== asked;

function show_page(html, sent) {
  const page = new DOMParser().parseFromString(html, "text/html").querySelector("#card");
  if (!page) return;
  page.inert = true;
  // htmx needs the form that it has sent on the page: it stays behind the next card, unseen.
  if (sent) { answered = sent; sent.hidden = true; stage().prepend(document.adoptNode(page)); }
  else stage().replaceChildren(document.adoptNode(page));
  document.body.dataset.view = "detail";
  mark();
  clock();
}

/** Where a decision was not taken the card comes back as it was, with everything typed in it. */
function put_back() {
  $(".qitem.is-leaving")?.classList.remove("is-leaving");
  if (!answered) return;
  stage().replaceChildren(answered);
  answered.hidden = false;
  answered = null;
  mark();
}

function settle() {
  document.querySelectorAll("[data-noscript]").forEach((element) => { element.hidden = true; });
  const item = mark();
  document.body.dataset.view = card() ? "detail" : "list";
  attend(card(), hear);
  const question = $("#card [data-first]"); // one question before an approval: any answer continues
  if (item) { item.scrollIntoView({ block: "nearest" }); if (wide() && !question && !$("dialog[open]")) $(".cover", item).focus({ preventScroll: true }); }
  if (!wide()) scrollTo(0, 0);
  question?.focus();
  rest(look);
  document.querySelectorAll("#card dialog[data-modal]").forEach((dialog) => { dialog.close(); show(dialog); });
}

/** How the card stands on the server: another version is said, and who asks for it. Numbers do not change under the eyes. */
function hear(form, said) {
  if (form !== card()) return;
  const stale = $("[data-stale]"), asks = $("[data-asks-you]");
  if (stale && said.version && Number(form.elements.version.value) !== said.version) stale.hidden = false;
  if (asks && said.asks) { $("[data-asker]", asks).textContent = said.asks; asks.hidden = false; }
}

function show(dialog) { dialog.showModal(); count(); ($(".errsum", dialog) ?? [...dialog.querySelectorAll("textarea, input[type=date]")].find((field) => field.checkVisibility()))?.focus(); }

/** A decision that needs words opens its dialog instead of being sent. */
function ask(button) {
  const dialog = $("#ask"), instead = $("[data-instead]", dialog);
  // What was wrong with another decision says nothing about this one; the words stay.
  dialog.querySelectorAll(".errsum, .err").forEach((said) => said.remove());
  dialog.querySelectorAll(".field--error").forEach((field) => field.classList.remove("field--error"));
  instead.value = $("[data-save]", dialog).value = button.value; // which words show follows from what is chosen
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
  if (!dialog && button?.dataset.asks) { stop(); ask(button); return; }
  sending();
  // The row leaves at once; the answer brings the list as it is, and with a refusal the row comes back.
  if (button?.name === "choice" && !dialog) $(".qitem.is-current")?.classList.add("is-leaving");
}

async function renew(isAsked) {
  const form = card();
  if (!form?.dataset.renew || (!isAsked && Date.now() - renewed < RENEW)) return;
  renewed = Date.now();
  const headers = { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value };
  const answer = await fetch(form.dataset.renew, { method: "POST", headers, signal: until_sent(form) }).catch(() => null);
  const place = $("[data-until]");
  const said = await answer?.json().catch(() => null); // null too where the answer breaks off, as one that is sent ends it
  if (!said) return;
  hear(form, said);
  if (answer.ok && place) place.dataset.until = new Date(Date.now() + said.seconds * 1000).toISOString();
}

function clock() {
  const place = $("[data-until]"), banner = $("[data-still]");
  if (!place?.dataset.until) return;
  const left = Math.max(0, Date.parse(place.dataset.until) - Date.now()), seconds = Math.floor(left / 1000);
  if (seconds < 3600) place.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`; // a handed card's hours stay as sent
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
  if (target.closest?.("[data-pick]")) ($(".qitem.is-current .pick input") ?? $(".qitem .pick input"))?.click();
  if (target.closest?.("[data-open]")) $("dialog[open] textarea")?.focus(); // at once: the next key is typed already
});
document.addEventListener("input", ({ target }) => { if (target.id === "id_rationale") count(); if (target.form === card()) renew(false); });
document.addEventListener("submit", submit, true);
document.addEventListener("change", ({ target }) => {
  if (target.closest(".pick")) picks();
  if (target.matches("#ask [data-instead]")) $("#ask [data-save]").value = target.value; // the decision changed in its dialog
});
document.addEventListener("reset", ({ target }) => { if (target.id === "bulk") setTimeout(picks); });

// Refusals bring the card as it stands: they are shown. A page of another address (signed out) is opened as a whole.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (/\/sign-in\//.test(detail.xhr.responseURL)) { detail.shouldSwap = false; location.assign(location.href); return; }
  if ([409, 422].includes(detail.xhr.status)) { detail.shouldSwap = true; detail.isError = false; }
  if (is_late(detail)) detail.shouldSwap = false;
  if (detail.target === stage() && detail.shouldSwap) answered = null;
});
document.addEventListener("htmx:afterRequest", ({ detail }) => { if (detail.target === stage() && !is_late(detail)) put_back(); });
let scrolled = 0;
document.addEventListener("htmx:oobBeforeSwap", () => { scrolled = $("#qlist")?.scrollTop ?? scrolled; });
document.addEventListener("htmx:oobAfterSwap", () => { const list = $("#qlist"); if (list) list.scrollTop = scrolled; picks(); });
document.addEventListener("htmx:afterSettle", ({ detail }) => { if (detail.target === stage()) settle(); });
document.addEventListener("htmx:beforeRequest", show_ahead);
document.addEventListener("htmx:historyRestore", () => { drafts(); settle(); });

setInterval(clock, 1000);
clock();
picks();
if (card()) settle();
// On a wide screen the queue opens with its first free card; a phone shows the list first. Not before htmx is ready: the
// click would load the page anew, and what it has to say would be gone.
else if (wide()) addEventListener("DOMContentLoaded", () => setTimeout(() => $(".qitem:not(.is-locked) .cover")?.click()));
