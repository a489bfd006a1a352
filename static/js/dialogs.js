// Native dialogs. `data-open="id"` opens one; focus returns to the opener by itself. A click beside it closes it.
export function listen() {
  document.addEventListener("click", (event) => {
    const opener = event.target.closest?.("[data-open]");
    const dialog = opener && document.getElementById(opener.dataset.open);
    if (dialog instanceof HTMLDialogElement) { event.preventDefault(); dialog.showModal(); return; }
    if (event.target.closest?.("[data-close]")) event.target.closest("dialog").close();
    if (event.target instanceof HTMLDialogElement) event.target.close();
  });
  // A dialog that the server has sent open (an override that needs its reason) becomes modal.
  document.querySelectorAll("dialog[data-modal]").forEach((dialog) => { dialog.close(); dialog.showModal(); });
}
