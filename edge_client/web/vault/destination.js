/** Where a form goes: answers are offered to it, and kept of it, only where it is posted to this site. */

/** The agency's own word for a form that goes elsewhere, or by an address: docs/formats/vault.md says what it risks. */
const TRUSTED = "data-nearside-any-destination";

/**
 * @param {HTMLFormElement} form
 * @returns {boolean} whether whatever sends it posts to this origin, or the agency says that it may go anywhere
 */
export function staysHere(form) {
  if (form.hasAttribute(TRUSTED)) {
    return true;
  }
  // Attributes: a field that is called "action" or "method" takes the place of the property.
  const action = form.getAttribute("action");
  const method = form.getAttribute("method");
  // A button may send the form elsewhere, and by another method.
  const buttons = /** @type {NodeListOf<HTMLButtonElement>} */ (
    document.querySelectorAll("[formaction], [formmethod]")
  );
  return [null, ...[...buttons].filter((each) => each.form === form)].every(
    (sender) =>
      isHere(sender?.getAttribute("formaction") ?? action) &&
      isPost(sender?.getAttribute("formmethod") ?? method),
  );
}

/** @param {string | null} action; @returns {boolean} none, or an empty one, is the page's own address */
function isHere(action) {
  try {
    return new URL(action || location.href, document.baseURI).origin === location.origin;
  } catch {
    return false;
  }
}

/** @param {string | null} method */
function isPost(method) {
  return method?.toLowerCase() === "post";
}
