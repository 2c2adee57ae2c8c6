/** What the agency's script tag says, read once. */

/**
 * @typedef {object} Config
 * @property {string} site name of the site whose bundle is used
 * @property {string} controller name of the agency in consent records
 * @property {string} agencyKey verifier key that signs bundles
 * @property {string} ledgerKey verifier key that signs the ledger's checkpoints, then quorum and witnesses, if any
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
  const { site = "", controller = site, agencyKey = "", ledgerKey = "" } = data;
  const meta = document.querySelector('meta[name="nearside:item"]');
  const lang = data.lang && data.lang !== "auto" ? data.lang : document.documentElement.lang;
  return {
    site,
    controller,
    agencyKey,
    ledgerKey,
    lang: (lang || "en").slice(0, 2),
    item: meta?.getAttribute("content") ?? document.location.pathname,
  };
}
