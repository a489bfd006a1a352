// Native dialogs. `data-open="id"` opens one; focus returns to the opener by itself. A click beside it closes it.
// Its opener may be a link, for those without script: called a button, it is pressed by Space as one.
export function listen() {
  document.addEventListener("click", (event) => {
    const opener = event.target.closest?.("[data-open]");
    const dialog = opener && document.getElementById(opener.dataset.open);
    if (dialog instanceof HTMLDialogElement) { event.preventDefault(); dialog.showModal(); return; }
    if (event.target.closest?.("[data-close]")) event.target.closest("dialog").close();
    if (event.target instanceof HTMLDialogElement) event.target.close();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== " " || !event.target.matches?.("a[role=button]")) return;
    event.preventDefault();
    if (!event.repeat) event.target.click();
  });
  // A dialog that the server has sent open (an override that needs its reason) becomes modal.
  document.querySelectorAll("dialog[data-modal]").forEach((dialog) => { dialog.close(); dialog.showModal(); });
}
