// The switch in the top bar turns the page at once and tells the server afterwards; without script it is a plain form.
export function listen() {
  const root = document.documentElement, form = document.querySelector("[data-theme-form]");
  form?.addEventListener("submit", (event) => {
    event.preventDefault();
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    const theme = dark ? "light" : "dark", body = new FormData(form);
    root.dataset.theme = theme;
    body.set("theme", theme);
    fetch(form.action, { method: "POST", body, headers: { "HX-Request": "true" } });
  });
}
