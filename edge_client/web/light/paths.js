/**
 * The name of the page that a path leads to. Nothing that was typed into a path is taken out of it here: a name counts only
 * where the catalogue or a rule has it, and nothing else is kept or planned for (`edge_client/wire/paths.py` does both).
 */

const KEPT = /[A-Za-z0-9\-._~!$&'()*+,=:@/]/;
const MOST_DECODED = 20;

/**
 * @param {unknown} raw
 * @returns {string} without query, fragment, dot segments and parameters, and in one percent-encoding
 */
export function pageOf(raw) {
  const [path] = decoded(String(raw)).split(/[?#]/);
  /** @type {string[]} */
  const kept = [];
  for (const segment of path.split("/")) {
    const [name] = segment.split(";");
    if (name === "..") {
      kept.pop();
    } else if (name !== "" && name !== ".") {
      kept.push(name);
    }
  }
  const bytes = new TextEncoder().encode(`/${kept.join("/")}`);
  return Array.from(bytes, encoded).join("");
}

/** @param {string} text; @returns {string} without any escape: a browser may have encoded what was encoded already */
function decoded(text) {
  for (let times = 0; times < MOST_DECODED && text.includes("%"); times += 1) {
    try {
      text = decodeURIComponent(text);
    } catch {
      break;
    }
  }
  return text;
}

/** @param {number} byte */
function encoded(byte) {
  const letter = String.fromCharCode(byte);
  return KEPT.test(letter) ? letter : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
}
