/** Whether somebody sees a field: what nobody sees is neither filled in nor kept. */

const LEAST = 2; // CSS pixels: what is smaller is there for programs, not for people
const CUTS = /^(hidden|clip)$/;

/**
 * @param {HTMLElement} control
 * @returns {boolean} false too where this browser cannot tell
 */
export function isSeen(control) {
  const shown = control.checkVisibility?.({
    // Each by its older name too.
    checkOpacity: true,
    checkVisibilityCSS: true,
    opacityProperty: true,
    visibilityProperty: true,
  });
  if (!shown) {
    return false;
  }
  const { left, top, right, bottom } = control.getBoundingClientRect();
  // Of the page: whoever scrolls down comes to it, and nobody scrolls aside for a field.
  const page = { left: -scrollX, top: -scrollY, right: innerWidth - scrollX, bottom: Infinity };
  let rest = within({ left, top, right, bottom }, page);
  for (let holder = control.parentElement; holder; holder = holder.parentElement) {
    const { overflowX, overflowY } = getComputedStyle(holder);
    // The page's own overflow is the window's.
    if (holder !== document.body && holder !== document.documentElement) {
      const box = holder.getBoundingClientRect();
      rest = within(rest, {
        left: CUTS.test(overflowX) ? box.left : -Infinity,
        right: CUTS.test(overflowX) ? box.right : Infinity,
        top: CUTS.test(overflowY) ? box.top : -Infinity,
        bottom: CUTS.test(overflowY) ? box.bottom : Infinity,
      });
    }
  }
  return rest.right - rest.left >= LEAST && rest.bottom - rest.top >= LEAST;
}

/** @typedef {{left: number, top: number, right: number, bottom: number}} Box */

/** @param {Box} one; @param {Box} other; @returns {Box} what lies in both */
function within(one, other) {
  return {
    left: Math.max(one.left, other.left),
    top: Math.max(one.top, other.top),
    right: Math.min(one.right, other.right),
    bottom: Math.min(one.bottom, other.bottom),
  };
}
