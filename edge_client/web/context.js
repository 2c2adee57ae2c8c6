/** What a page says of the moment to its own device: the hour, the kind of screen, and from where this visit came. */

const SEARCH = /(^|\.)(baidu|bing|brave|duckduckgo|ecosia|google|qwant|startpage|yahoo|yandex)\./;

/**
 * @param {number} now Unix milliseconds
 * @returns {{hour: number, device: string, came_from: string | null}} no address: whose site it was is not looked at further
 */
export function context(now) {
  return {
    hour: new Date(now).getHours(),
    device: innerWidth < 600 ? "phone" : innerWidth < 1000 ? "tablet" : "desktop",
    came_from: cameFrom(document.referrer),
  };
}

/** @param {string} referrer */
function cameFrom(referrer) {
  const { origin, hostname } = new URL(referrer || location.href);
  if (referrer && origin === location.origin) {
    return null;
  }
  return referrer ? (SEARCH.test(hostname) ? "search" : "elsewhere") : "nowhere";
}
