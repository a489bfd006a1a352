// Picking two to four creators of a ranking for a comparison; picks are kept while one pages through the list.
const list = document.querySelector("#ranking");
const store = `picks-${location.pathname}`;
const MOST = 4;

function kept() {
  try {
    return new Set(JSON.parse(sessionStorage.getItem(store)) ?? []);
  } catch {
    return new Set();
  }
}

function show(picks) {
  list.querySelector("#picked").textContent = picks.size;
  for (const box of list.querySelectorAll(".box")) {
    box.checked = picks.has(box.value);
    box.disabled = !box.checked && picks.size >= MOST;
  }
  try {
    sessionStorage.setItem(store, JSON.stringify([...picks]));
  } catch {
    // A browser that keeps nothing still compares what is ticked on this page.
  }
}

if (list) {
  const picks = kept();
  show(picks);
  list.addEventListener("change", ({ target }) => {
    if (!target.matches(".box")) return;
    if (target.checked) picks.add(target.value);
    else picks.delete(target.value);
    show(picks);
  });
  list.addEventListener("formdata", ({ formData }) => {
    formData.delete("p");
    if (picks.size) formData.set("p", [...picks].join(","));
  });
  list.querySelector("[data-clear]")?.addEventListener("click", () => {
    picks.clear();
    show(picks);
  });
}
