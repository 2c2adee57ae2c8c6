/**
 * How high the device's frame is, whatever stands in it: any page of the site may frame it, make it as wide as it likes and
 * measure it. So that nothing of a citizen follows from a height, it follows neither from the settings, nor from an answer.
 */

/** How high the settings are, which scroll inside. */
export const SETTINGS_PX = 800;
/** Between two heights of a question. */
export const STEP_PX = 160;
/** Narrower than any telephone's page: every word would be a line of its own, so nothing is shown. */
export const LEAST_WIDTH_PX = 240;

/**
 * @typedef {object} Seen
 * @property {boolean} panel whether the page has a place for the settings
 * @property {"question" | "answer" | null} banner what the banner shows
 * @property {number} width of the frame; 0 for one that is not shown
 * @property {number} content how much room everything would take
 * @property {number} before the height that was told last
 */

/**
 * @param {Seen} seen
 * @returns {number} the height to tell; 0 where there is nothing to see
 */
export function heightFor({ panel, banner, width, content, before }) {
  if (panel) {
    return SETTINGS_PX;
  }
  if (banner === null) {
    return 0;
  }
  if (isTooNarrow(width)) {
    return STEP_PX;
  }
  // Yes and no are thanked for in words of different lengths, in the room of the question.
  return banner === "answer" ? before : Math.max(1, Math.ceil(content / STEP_PX)) * STEP_PX;
}

/** @param {number} width; @returns {boolean} whether nothing is shown in a frame of this width */
export function isTooNarrow(width) {
  return width > 0 && width < LEAST_WIDTH_PX;
}
