/** Clicks on links and cards within main: to which page, and nothing else. */

/** @param {import("./define.js").Note} note */
export function watchClicks(note) {
  document.addEventListener("click", ({ target }) => {
    const link = target instanceof Element ? target.closest("main a[href]") : null;
    if (link instanceof HTMLAnchorElement && link.origin === location.origin) {
      const { pathname } = link;
      note("clicked", (wanted) => wanted.find((path) => path === pathname), { at: Date.now() });
    }
  });
}
