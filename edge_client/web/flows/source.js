/** The flows of a site, out of its bundle. */

import { loadBundled } from "../bundled.js";
import { Malformed } from "../verifier/errors.js";

/**
 * @param {import("../bundled.js").Collaborators} with_
 * @returns {Promise<import("./tables.js").Flow[]>} throws when they cannot be had, or are not to be believed
 */
export async function loadFlows(with_) {
  const flows = /** @type {any} */ (await loadBundled("flows.json", with_));
  if (flows.v !== 1) {
    throw new Malformed("flows: not version 1");
  }
  return flows.flows;
}
