/** Elements with a text: nothing on a page is ever made from a string of markup. */

/**
 * @param {string} name
 * @param {string} text
 * @param {string} [className]
 */
export function element(name, text, className) {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) {
    made.className = className;
  }
  return made;
}

/**
 * @param {string} text
 * @param {string} className
 * @param {string} [about] read out after the text, so that buttons in a list differ
 */
export function button(text, className, about) {
  const made = /** @type {HTMLButtonElement} */ (element("button", text, className));
  made.type = "button";
  if (about) {
    made.setAttribute("aria-label", `${text}: ${about}`);
  }
  return made;
}
