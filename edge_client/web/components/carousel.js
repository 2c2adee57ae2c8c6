/**
 * The buttons of `<nearside-carousel>`. The slides are a list that scrolls by itself, with a finger, a wheel or the
 * focus; it never turns by itself.
 */

import { button, element } from "../markup.js";
import { stringsFor } from "./words.js";

/**
 * @param {HTMLElement} carousel
 * @param {string} lang
 */
export function addControls(carousel, lang) {
  const list = /** @type {HTMLElement | null} */ (carousel.querySelector("ul, ol"));
  if (!list || list.children.length < 2) {
    return; // nothing to turn to
  }
  const strings = stringsFor(lang);
  const back = button(strings.previous, "nearside-previous");
  const on = button(strings.next, "nearside-next");
  const place = element("p", "", "nearside-place-of-slide");
  place.setAttribute("role", "status");
  const controls = element("div", "", "nearside-controls");
  controls.append(back, place, on);
  carousel.setAttribute("role", "group");
  carousel.setAttribute("aria-roledescription", strings.carousel);
  carousel.append(controls);

  const show = () => {
    const at = current(list);
    const last = list.children.length - 1;
    place.textContent = strings.slide.replace("{number}", `${at + 1}`).replace("{count}", `${last + 1}`);
    // Not disabled: whoever pressed it keeps the focus.
    back.setAttribute("aria-disabled", String(at === 0));
    on.setAttribute("aria-disabled", String(at === last));
  };
  back.addEventListener("click", () => turn(list, current(list) - 1));
  on.addEventListener("click", () => turn(list, current(list) + 1));
  list.addEventListener("scrollend", show);
  show();
}

/**
 * @param {HTMLElement} list
 * @param {number} to
 */
function turn(list, to) {
  const slide = list.children[to];
  if (slide) {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const left = list.scrollLeft + start(slide) - start(list);
    list.scrollTo({ left, behavior: calm ? "instant" : "smooth" });
  }
}

/**
 * @param {HTMLElement} list
 * @returns {number} the slide whose beginning is nearest to that of the list
 */
function current(list) {
  const away = [...list.children].map((slide) => Math.abs(start(slide) - start(list)));
  return away.indexOf(Math.min(...away));
}

/** @param {Element} box */
function start(box) {
  const { left, right } = box.getBoundingClientRect();
  return getComputedStyle(box).direction === "rtl" ? right : left;
}
