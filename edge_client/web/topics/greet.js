/** A page with a place for a greeting fetches what reads names here, after any yes: whether anybody is greeted, no request tells. */

/** @param {import("../parts.js").Page} page */
export function greet(page) {
  // Kept answers are locked with a key of the citizen's own browser: no preview has any, and no tab apart.
  if (!page.preview && !page.apart && document.querySelector("nearside-greeting")) {
    import(`${page.base}vault.js`).then((vault) => vault.greet(page)).catch(() => {}); // the server's words stay
  }
}
