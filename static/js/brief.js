// The brief editor, and the weights of an own score: slider and typed weight move together, a criterion that is not
// asked is dimmed, and what a closed criterion asks for is written on it. Counting is the server's work (htmx); saving
// needs no script.
const form = document.querySelector("#brief, #own");
const sum = document.querySelector("#sum");

function total() {
  const all = [...form.querySelectorAll(".sp__n .input")].reduce((held, field) => held + (Number(field.value) || 0), 0);
  if (sum) sum.textContent = sum.dataset.words.replace("{n}", all);
}

function summary(box) {
  const shown = box.querySelector("summary span");
  const ticked = [...box.querySelectorAll("fieldset input:checked")].map((field) => field.parentElement.textContent.trim());
  const typed = [...box.querySelectorAll("input.input")].map((field) => field.value.trim());
  const words = ticked.length ? ticked.join(", ") : typed.filter(Boolean).join(typed.length > 1 ? " – " : ", ");
  shown.textContent = words || box.dataset.empty;
}

form.addEventListener("input", ({ target }) => {
  // A restored draft arrives as one event of the whole form: the sliders have no name and follow the typed weights.
  if (target === form) form.querySelectorAll(".range").forEach((slider) => { slider.value = form.elements[slider.dataset.weight].value; });
  const wish = target.closest(".sp");
  if (wish && target.matches(".range")) wish.querySelector(".sp__n .input").value = target.value;
  if (wish && target.matches(".sp__n .input")) wish.querySelector(".range").value = target.value;
  if (wish) total();
  const row = target.closest(".hc");
  const box = target.closest(".hc__d");
  if (box) {
    summary(box);
    // Whoever fills a criterion in means it.
    if (!target.name.startsWith("keep_")) row.querySelector(".check input").checked = true;
  }
  if (row) row.classList.toggle("off", !row.querySelector(".check input").checked);
});
