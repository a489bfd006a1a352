// Counts down <time data-at datetime="...">; the same words as accounts/wording.py writes on the server.
const UNITS = { en: ["m", "h", "d"], ru: ["мин", "ч", "дн."] };

/** Words for a length of time in minutes: 14 m, 5 h 12 m, 42 h, 5 d. */
export function left(minutes, language) {
  const [m, h, d] = UNITS[language] ?? UNITS.en, hours = Math.floor(minutes / 60), gap = language === "ru" ? "\u00a0" : " ";
  if (minutes < 60) return `${minutes}${gap}${m}`;
  if (hours < 10) return `${hours}${gap}${h} ${String(minutes % 60).padStart(2, "0")}${gap}${m}`;
  return hours < 72 ? `${hours}${gap}${h}` : `${Math.floor(hours / 24)}${gap}${d}`;
}

/** Bring every clock on the page up to date. */
export function tick() {
  for (const clock of document.querySelectorAll("time[data-at]")) {
    const minutes = Math.floor((Date.parse(clock.dateTime) - Date.now()) / 60_000), words = clock.querySelector(".num");
    if (minutes < 0 || !words) continue;
    words.textContent = left(minutes, document.documentElement.lang);
    clock.classList.toggle("due--soon", minutes < 240 && minutes >= 60);
    clock.classList.toggle("due--now", minutes < 60);
  }
}
