// A first view: slider and typed figure move together. The typed one is sent; the slider has no name.
document.addEventListener("input", ({ target }) => {
  const figure = document.getElementById(target.dataset?.pair), slider = document.querySelector(`[data-pair="${target.id}"]`);
  if (figure) figure.value = target.value;
  if (target.id && slider && target.value) slider.value = target.value;
});
