/** Protocol buffers, read strictly: every field is one that the caller names, or the message is called strange. */

/** The bytes are not a message at all. */
export class Malformed extends Error {
  name = "Malformed";
}

/** The bytes may be a fine message, but not one of the kind that is read here. */
export class Strange extends Error {
  name = "Strange";
}

/**
 * How a field is read: a number, UTF-8, bytes as they are, or a message of its own; in a list where it may come often.
 *
 * @typedef {"whole" | "text" | "bytes" | Schema} Kind
 * @typedef {{[number: number]: [name: string, kind: Kind | [Kind]]}} Schema
 */

const VARINT = 0;
const COUNTED = 2;

/**
 * @param {Uint8Array} bytes
 * @param {Schema} schema
 * @returns {any} an object with a property for each field that was there, and an empty list for each that may come often
 */
export function readMessage(bytes, schema) {
  /** @type {any} */
  const message = {};
  for (const [name, kind] of Object.values(schema)) {
    if (Array.isArray(kind)) {
      message[name] = [];
    }
  }
  const place = { at: 0 };
  while (place.at < bytes.length) {
    const tag = readVarint(bytes, place);
    const wire = tag % 8;
    const [name, kind] = schema[Math.floor(tag / 8)] ?? [];
    if (name === undefined || kind === undefined) {
      throw new Strange("model: a field that our own files do not have");
    }
    const one = Array.isArray(kind) ? kind[0] : kind;
    if (wire !== (one === "whole" ? VARINT : COUNTED)) {
      throw new Strange("model: a field of another type than in our own files");
    }
    const value = wire === VARINT ? readVarint(bytes, place) : readValue(readCounted(bytes, place), one);
    if (Array.isArray(kind)) {
      message[name].push(value);
    } else if (name in message) {
      throw new Strange("model: a field that is there twice");
    } else {
      message[name] = value;
    }
  }
  return message;
}

/**
 * @param {Uint8Array} bytes
 * @param {Kind} kind
 */
function readValue(bytes, kind) {
  if (kind === "bytes") {
    return bytes;
  }
  if (kind !== "text") {
    return readMessage(bytes, /** @type {Schema} */ (kind));
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Malformed("model: a name is not UTF-8");
  }
}

/**
 * @param {Uint8Array} bytes
 * @param {{at: number}} place moved behind what is read
 * @returns {number} a whole number that JavaScript holds exactly
 */
function readVarint(bytes, place) {
  let value = 0;
  for (let shift = 0; shift < 10; shift += 1) {
    if (place.at >= bytes.length) {
      throw new Malformed("model: the file ends within a number");
    }
    const byte = bytes[place.at];
    place.at += 1;
    value += (byte % 128) * 128 ** shift;
    if (byte < 128) {
      if (!Number.isSafeInteger(value)) {
        throw new Strange("model: a number that is too large for our own files");
      }
      return value;
    }
  }
  throw new Malformed("model: a number does not end");
}

/**
 * @param {Uint8Array} bytes
 * @param {{at: number}} place moved behind what is read
 */
function readCounted(bytes, place) {
  const length = readVarint(bytes, place);
  if (length > bytes.length - place.at) {
    throw new Malformed("model: a part is longer than the file");
  }
  const begin = place.at;
  place.at += length;
  return bytes.subarray(begin, place.at);
}
