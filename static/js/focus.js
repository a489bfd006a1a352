// Where the focus goes when htmx takes away what had it: `data-instead` there names what takes its place, best first.
export function listen() {
  let instead = "";
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    const at = document.activeElement;
    instead = detail.target.contains?.(at) ? at.dataset.instead ?? "" : "";
  });
  document.addEventListener("htmx:afterSettle", () => {
    const found = instead.split(",").filter(Boolean).map((place) => document.querySelector(place));
    instead = "";
    // What has the same id has the focus already, unless it cannot take it any more.
    if (document.activeElement === document.body) found.find((one) => one && !one.disabled && one.checkVisibility())?.focus();
  });
}
