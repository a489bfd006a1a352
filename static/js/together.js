// Together while somebody fills in the desk: a preview by the server's own sums (review/queries/together.py), which the
// server confirms after a moment of rest.
const REST = 400; // ms
const $ = (selector, root) => root.querySelector(selector);
const box = () => document.getElementById("together");
const logit = (p) => Math.log(p / (1 - p)), chance = (z) => 1 / (1 + Math.exp(-z));
const percent = (p) => Math.min(95, Math.max(5, Math.round(100 * p)));
const SCALES = ["cultural_fit", "strategic_alignment", "gut_rating"];
let timer = 0;

/** The view on the desk as a lean from -1 to 1, and its steps in log-odds, as the server takes them. */
export function figure(data, given) {
  const filled = Object.entries(given).filter(([, value]) => value);
  const lean = data.first || (filled.length ? (filled.reduce((sum, [, value]) => sum + value, 0) / filled.length - 3) / 2 : 0);
  const voters = data.others.length + (lean ? 1 : 0), parts = [];
  if (voters) {
    const weight = data.b2 / (1 + (voters - 1) * data.rho), record = data.b0 + (data.b1 - 1) * logit(data.p);
    const own = (lean > 0 ? data.yes : data.no) * Math.abs(lean);
    if (record) parts.push([data.labels.record, record]);
    if (data.first) parts.push([data.labels.first, weight * own]);
    else if (lean) filled.forEach(([name, value]) => parts.push([data.labels[name], weight * data.half * own / lean / filled.length / 2 * (value - 3)]));
    data.others.forEach(([name, evidence]) => parts.push([name, weight * evidence]));
  }
  let z = logit(data.p);
  const chances = [data.p, ...parts.map(([, move]) => chance(z += move))];
  return { lean, q: chances.at(-1), steps: parts.map(([label], n) => [label, percent(chances[n + 1]) - percent(chances[n])]) };
}

function preview(form) {
  const place = box(), data = JSON.parse(place.dataset.together);
  const given = Object.fromEntries(SCALES.map((name) => [name, Number(form.elements[name]?.value) || 0]));
  const { lean, q, steps } = figure(data, given), words = $("[data-said]", place), number = $(".tg-n", place);
  place.ariaLive = "off"; // said once, when the server has confirmed it
  if (words) {
    const side = lean * data.side;
    words.textContent = data.words[!lean ? "none" : !data.side ? (lean > 0 ? "yes" : "no") : side > 0 ? "agree" : "disagree"];
  }
  if (!number || data.shows === "ai_alone") return;
  const shown = percent(q), ends = [100 * data.p, shown].sort((a, b) => a - b), strip = $(".tg", place);
  number.textContent = data.percent.replace("#", shown);
  ends.forEach((end, n) => $(".tg-span", strip).setAttribute(`x${n + 1}`, `${end}%`));
  strip.querySelectorAll(".mark")[1]?.setAttribute("x", `${shown}%`);
  const list = $(".steps", place), said = steps.filter(([, points]) => points);
  list.replaceChildren(list.firstElementChild, ...said.map(([label, points]) => {
    const item = document.createElement("span"), value = document.createElement("b");
    value.textContent = `${points > 0 ? "+" : "−"}${Math.abs(points)}`;
    item.append(`${label} `, value);
    return item;
  }));
}

document.addEventListener("input", ({ target }) => {
  const form = document.getElementById("card");
  if (!box() || (target !== form && !(target.form === form && SCALES.includes(target.name)))) return;
  preview(form);
  clearTimeout(timer);
  timer = setTimeout(() => box()?.dispatchEvent(new Event("rest")), REST);
});
document.addEventListener("htmx:beforeSwap", ({ detail }) => { if (detail.target === box()) detail.target.ariaLive = "polite"; });
