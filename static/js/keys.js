// One-letter keys (ux.md section 4). `data-key` on a link or button: the key clicks it; on a field: it gets the focus.
// `data-go`: the key after g. Off by account (data-keys on <body>), in fields, in open dialogs and with modifiers.
const FIELDS = "input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select, [contenteditable]";

// What stands on an English keyboard where a Russian one has a letter, by the physical key.
const SIGNS = { Slash: "/?", Semicolon: ";:", Quote: "'\"", Comma: ",<", Period: ".>", BracketLeft: "[{", BracketRight: "]}", Backquote: "`~" };

/** The Latin letter of a key press: the event's own, else the physical key's, so that j works on a Russian layout. */
export function letter(event) {
  if (event.key.length > 1) return event.key;
  const latin = /^[\x20-\x7e]$/.test(event.key);
  if (latin) return event.shiftKey ? event.key : event.key.toLowerCase();
  const code = /^(?:Key([A-Z])|Digit(\d))$/.exec(event.code);
  if (code) return event.shiftKey ? code[1] ?? code[2] : (code[1] ?? code[2]).toLowerCase();
  return SIGNS[event.code]?.[Number(event.shiftKey)] ?? event.key;
}

const shown = (element) => element.checkVisibility?.() ?? element.offsetParent !== null;
const open = (element) => !element.disabled && !element.closest("[inert]") && element.getAttribute("aria-disabled") !== "true" && shown(element);
const find = (attribute, key) =>
  [...document.querySelectorAll(`[${attribute}]`)].find(
    (element) => element.getAttribute(attribute).split(" ").includes(key) && (open(element) || attribute === "data-go"));

function press(element) {
  if (element.matches(FIELDS)) { element.focus(); element.select?.(); } else element.click();
}

// What a press means where the person changed it in Settings: pressed key -> usual key, empty for nothing.
const mine = JSON.parse(document.body.dataset.remapped ?? "{}");
let going = 0;

function answer(event) {
  if (event.defaultPrevented || event.isComposing) return;
  const inField = event.target.matches?.(FIELDS);
  if (event.key === "Escape" && inField && !event.target.closest("dialog")) return event.target.blur();
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) return event.target.form?.requestSubmit();
  if (document.body.dataset.keys !== "on" || event.ctrlKey || event.altKey || event.metaKey) return;
  if (inField || document.querySelector("dialog[open]")) return;
  const typed = letter(event), key = mine[typed] ?? typed;
  if (!key) return; // the person gave this key's action to another one
  // Digits inside a focused scale set the scale, not the lane.
  if (/^\d$/.test(key) && scale(event.target, key)) return event.preventDefault();
  const went = Date.now() - going < 1500 && find("data-go", key);
  going = key === "g" ? Date.now() : 0;
  const target = went || find("data-key", key);
  if (!target || event.repeat && !["j", "k", "ArrowDown", "ArrowUp"].includes(key)) return;
  event.preventDefault();
  press(target);
}

function scale(element, key) {
  const group = element.closest?.("[role=radiogroup]");
  const radio = group && [...group.querySelectorAll("input[type=radio]")].find((input) => input.value === key);
  if (radio) radio.click();
  return Boolean(group);
}

/** Write the person's own keys on the buttons where they changed the usual ones. */
export function name() {
  const own = Object.fromEntries(Object.entries(mine).filter(([, usual]) => usual).map(([key, usual]) => [usual, key]));
  if (!Object.keys(own).length) return;
  for (const element of document.querySelectorAll("[data-key]:not([data-named])")) {
    const key = own[element.dataset.key.split(" ")[0]], sign = element.querySelector(".kbd");
    if (key && sign) { sign.textContent = key === key.toLowerCase() ? key.toUpperCase() : `⇧${key}`; element.dataset.named = ""; }
  }
}

/** Listen for keys on the whole page. */
export function listen() { document.addEventListener("keydown", answer); name(); }
