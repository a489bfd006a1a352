// A toast leaves after 10 s unless the pointer or the focus is on it. Nothing important lives only in one.
const STAY = 10_000;

function leave(toast) {
  if (toast.matches(":hover, :focus-within")) return setTimeout(leave, 2000, toast);
  toast.remove();
}

/** Start the clock of every toast that is new on the page. */
export function listen() {
  for (const toast of document.querySelectorAll("[data-toast]:not([data-seen])")) {
    toast.dataset.seen = "";
    setTimeout(leave, STAY, toast);
  }
}

/** Show words of the page's own (they stand translated in its HTML). */
export function say(words) {
  const toast = Object.assign(document.createElement("div"), { className: "toast" });
  toast.dataset.toast = "";
  toast.append(Object.assign(document.createElement("span"), { textContent: words }));
  document.getElementById("toasts").append(toast);
  listen();
}
