/** What the agency's script tag says, read once. */

/**
 * @typedef {object} Config
 * @property {string} site name of the site whose bundle is used
 * @property {string} controller name of the agency in consent records
 * @property {string} agencyKey verifier key that signs bundles
 * @property {string} previewKey verifier key that signs links to previews, as the agency's may too; "" for none
 * @property {string} ledgerKey verifier key that signs the ledger's checkpoints, then quorum and witnesses, if any
 * @property {string} device origin in which this site's devices keep what they know; "" where that is the pages' own
 * @property {string} lang language of this page
 * @property {string} item path of this page, without query
 */

/**
 * @param {Document} document
 * @returns {Config}
 */
export function readConfig(document) {
  const tag = document.querySelector("script[data-agency-key]");
  const data = /** @type {HTMLElement | null} */ (tag)?.dataset ?? {};
  const { site = "", controller = site, agencyKey = "", previewKey = "", ledgerKey = "", device = "" } = data;
  const meta = document.querySelector('meta[name="nearside:item"]');
  const lang = data.lang && data.lang !== "auto" ? data.lang : document.documentElement.lang;
  return {
    site,
    controller,
    agencyKey,
    previewKey,
    ledgerKey,
    device: device && new URL(device).origin,
    lang: (lang || "en").slice(0, 2),
    item: meta?.getAttribute("content") ?? document.location.pathname,
  };
}

/**
 * @param {Document} document
 * @returns {boolean} whether the page, or the agency's script tag on it, declares that it is for children
 */
export function isForChildren(document) {
  return document.querySelector('[data-audience="child"]') !== null;
}
