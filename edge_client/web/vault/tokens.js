/** Which fields of a form may be kept: the twin of edge_client/vault/tokens.py. */

const ALLOWED = new Set([
  "name",
  "honorific-prefix",
  "given-name",
  "additional-name",
  "family-name",
  "honorific-suffix",
  "nickname",
  "organization",
  "organization-title",
  "street-address",
  "address-line1",
  "address-line2",
  "address-line3",
  "address-level4",
  "address-level3",
  "address-level2",
  "address-level1",
  "country",
  "country-name",
  "postal-code",
  "language",
]);
const REACHED = new Set([
  "email",
  "tel",
  "tel-country-code",
  "tel-national",
  "tel-area-code",
  "tel-local",
  "tel-local-prefix",
  "tel-local-suffix",
  "tel-extension",
]);
const ADDRESSES = ["shipping", "billing"];
const WAYS = ["home", "work", "mobile", "fax", "pager"];
const SAYS_NOTHING = ["", "on", "off"];
const OWN = /^[a-z][a-z0-9-]{0,63}$/;

/**
 * @param {string} autocomplete
 * @returns {string | null} the key under which a field with this attribute is kept; null where it is not
 */
export function keyOf(autocomplete) {
  const tokens = tokensOf(autocomplete);
  const key = [];
  if (ADDRESSES.includes(tokens[0])) {
    key.push(tokens.shift());
  }
  if (WAYS.includes(tokens[0])) {
    key.push(tokens.shift());
    if (!REACHED.has(tokens[0])) {
      return null;
    }
  }
  if (tokens.length !== 1 || !(ALLOWED.has(tokens[0]) || REACHED.has(tokens[0]))) {
    return null;
  }
  return [...key, tokens[0]].join(" ");
}

/**
 * @param {string} autocomplete
 * @param {string | null} own the agency's name for the field; null where it has none
 * @returns {string | null} its key: the agency's name keeps nothing of which the token says that it is a code, a card
 * or another's
 */
export function fieldKey(autocomplete, own) {
  const key = keyOf(autocomplete);
  if (own === null) {
    return key;
  }
  const plain = key !== null || SAYS_NOTHING.includes(tokensOf(autocomplete).join(" "));
  return plain ? ownKey(own) : null;
}

/**
 * @param {string} name the agency's own for a field for which there is no token
 * @returns {string | null}
 */
export function ownKey(name) {
  return OWN.test(name) ? `:${name}` : null;
}

/** @param {string} key; @returns {boolean} whether it is the agency's own: it means something in one form alone */
export function isOwn(key) {
  return key.startsWith(":");
}

/**
 * @param {string} value
 * @returns {boolean} whether it could be the number of a payment card (ISO/IEC 7812-1, annex B)
 */
export function mayBeCard(value) {
  const digits = value.replace(/[ -]/g, "");
  if (!/^\d{13,19}$/.test(digits)) {
    return false;
  }
  const total = [...digits].reverse().reduce((sum, digit, place) => {
    const number = Number(digit) * (1 + (place % 2));
    return sum + number - (number > 9 ? 9 : 0);
  }, 0);
  return total % 10 === 0;
}

/** @param {string} autocomplete; @returns {string[]} in small letters: of ASCII alone, as others that look the same are none */
function tokensOf(autocomplete) {
  return autocomplete
    .replace(/[A-Z]/g, (letter) => letter.toLowerCase())
    .split(/[\t\n\f\r ]+/)
    .filter(Boolean);
}
