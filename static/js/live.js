// Parts that ask again by themselves (data-live) rest while nobody looks at the page.
export function listen() {
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (document.hidden && event.target.closest?.("[data-live]")) event.preventDefault();
  });
}

// Buttons that print the page; without script the browser's own menu does.
export function prints() {
  document.addEventListener("click", (event) => { if (event.target.closest?.("[data-print]")) print(); });
}
