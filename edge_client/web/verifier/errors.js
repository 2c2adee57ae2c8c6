/** Two ways in which something that was read can be unacceptable. No text repeats what was read. */

/** These bytes are not what they claim to be. */
export class Malformed extends Error {
  name = "Malformed";
}

/** Well formed, but false: keep the bytes, they are evidence. */
export class Untrue extends Error {
  name = "Untrue";
}
