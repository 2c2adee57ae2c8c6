/** What somebody reads out to whoever answers: plain words, and nothing but what is listed on the page. */

/** @typedef {[item: string, title: string, lang: string]} Looked a page that was looked at */

/**
 * @param {Looked[]} pages
 * @param {string} about what the page calls the topic; "" for none
 * @param {Record<string, string>} strings
 * @returns {string}
 */
export function summaryOf(pages, about, strings) {
  const titles = pages.map(([, title], at) => `${at + 1}. ${title}`);
  const lines = [strings["summary-pages"], ...titles];
  return [...(about ? [strings["summary-topic"].replace("{topic}", about)] : []), ...lines].join("\n");
}
