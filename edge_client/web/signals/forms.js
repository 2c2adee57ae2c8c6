/** Forms: that the one on this page was begun, and that it was sent. No control is read, not even its name. */

/**
 * @param {import("./define.js").Note} note
 * @param {string} item
 */
export function watchForms(note, item) {
  const at = Date.now();
  let begun = false;
  /** @param {"form-begun" | "form-finished"} kind */
  const tell = (kind) => note(kind, (wanted) => wanted.find((path) => path === item), { at });
  document.addEventListener("input", ({ target }) => {
    if (!begun && isForm(target)) {
      begun = true;
      tell("form-begun");
    }
  });
  document.addEventListener("submit", (event) => {
    // What the page's own script keeps back was not sent.
    if (isForm(event.target) && !event.defaultPrevented) {
      tell("form-finished");
    }
  });
}

/**
 * @param {EventTarget | null} target
 * @returns {boolean} whether it is, or is in, a form of the page's: neither a search nor one of our own elements
 */
function isForm(target) {
  const form = target instanceof Element ? target.closest("main form") : null;
  for (let around = form; around; around = around.parentElement) {
    if (around.localName.startsWith("nearside-") || around.matches("search, [role=search]")) {
      return false;
    }
  }
  return form !== null;
}
