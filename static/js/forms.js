// Small things forms do with script: show a password, submit a filter on change, say that the line is down.
export function listen() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-reveal]");
    if (!button) return;
    const field = document.getElementById(button.dataset.reveal), hidden = field.type === "password";
    field.type = hidden ? "text" : "password";
    button.setAttribute("aria-pressed", hidden);
  });
  document.addEventListener("change", (event) => event.target.form?.matches("[data-autosubmit]") && event.target.form.requestSubmit());
  document.querySelectorAll("[data-reveal], [data-script]").forEach((element) => { element.hidden = false; });
  document.querySelectorAll("[data-noscript]").forEach((element) => { element.hidden = true; });
  document.querySelector(".errsum")?.focus();
  // A session that ended during the visit: the whole page goes to sign-in and comes back, never a fragment of it.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (!new URL(event.detail.xhr.responseURL || location.href).pathname.startsWith("/sign-in/")) return;
    event.detail.shouldSwap = false;
    location.reload();
  });
  for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
    document.addEventListener(name, (event) => offline(event.detail.elt));
  }
}

function offline(element) {
  const words = document.getElementById("t-offline"), place = element.closest("form, section, main") ?? document.body;
  // A poll that fails again and again says so once.
  if (!words || document.querySelector("[data-offline]")) return;
  const banner = words.content.firstElementChild.cloneNode(true);
  banner.dataset.offline = "";
  place.prepend(banner);
  document.addEventListener("htmx:afterOnLoad", () => banner.remove(), { once: true });
}
