/**
 * What left this device by our own hand, kept here for the citizen: every message with its exact bytes, and how often each
 * file that is the same for everyone was asked for. It goes with "delete everything", and by itself.
 */

const KIND = "sent";
const KEEP_MS = 60 * 24 * 60 * 60 * 1000;
/** More than a device sends in a year; what is older goes first. */
const MOST_MESSAGES = 300;
const MOST_FILES = 200;

/**
 * @typedef {object} Message
 * @property {string} id
 * @property {number} at Unix milliseconds
 * @property {string} method
 * @property {string} path
 * @property {string | null} body exactly what was sent, as text; empty where there was none, null where it is forgotten
 * @property {number} status what the server answered; 0 where nothing came back
 */

/** @typedef {{path: string, times: number, last: number}} File a file that is the same for everyone */

/**
 * @typedef {object} Sent
 * @property {number} since from when on this list is whole (Unix milliseconds)
 * @property {Message[]} messages oldest first
 * @property {File[]} files
 */

/** @typedef {ReturnType<typeof openSent>} SentBook */

/**
 * @param {import("./store.js").Store} store
 * @param {() => number} now Unix milliseconds
 */
export function openSent(store, now) {
  /** @param {(sent: Sent) => Sent} act */
  const change = (act) => store.change(KIND, (kept) => trim(act(whole(kept) ?? begun(now())), now()));
  return {
    /**
     * Write down what is about to leave: what cannot be written down is for the caller to hold back or not.
     *
     * @param {{method: string, path: string, body?: string}} message
     * @returns {Promise<string>} its name in the list
     */
    async note({ method, path, body = "" }) {
      const id = crypto.randomUUID();
      const message = { id, at: now(), method, path, body, status: 0 };
      await change((sent) => ({ ...sent, messages: [...sent.messages, message] }));
      return id;
    },

    /** @param {string} id of a message that did not leave after all */
    withdraw: (id) =>
      change((sent) => ({ ...sent, messages: sent.messages.filter((message) => message.id !== id) })),

    /** @param {string} path keep of what was sent there that it was sent, and not what it said */
    async silence(path) {
      const spoken = (/** @type {Message} */ message) => message.path === path && message.body !== null;
      if (whole(await store.load(KIND))?.messages.some(spoken)) {
        await change((sent) => ({
          ...sent,
          messages: sent.messages.map((message) => (spoken(message) ? { ...message, body: null } : message)),
        }));
      }
    },

    /** @param {string} id; @param {number} status */
    settle: (id, status) =>
      change((sent) => ({
        ...sent,
        messages: sent.messages.map((message) => (message.id === id ? { ...message, status } : message)),
      })),

    /** @param {string} path a file that is the same for everyone */
    fetched: (path) =>
      change((sent) => {
        const times = (sent.files.find((file) => file.path === path)?.times ?? 0) + 1;
        const others = sent.files.filter((file) => file.path !== path);
        return { ...sent, files: [...others, { path, times, last: now() }] };
      }),

    /** @returns {Promise<Sent>} */
    list: async () => trim(whole(await store.load(KIND)) ?? begun(now()), now()),

    /** @param {number} before forget what left until then (Unix milliseconds) */
    forget: (before) =>
      change(({ since, messages, files }) => ({
        since: Math.max(since, before),
        messages: messages.filter(({ at }) => at > before),
        files: files.filter(({ last }) => last > before),
      })),
  };
}

/**
 * @param {any} kept
 * @returns {Sent | null} null where it is no such list: a damaged one is begun anew, and says from when on it is whole
 */
function whole(kept) {
  const isLine = (/** @type {any} */ line) => typeof line?.path === "string";
  return [kept?.messages, kept?.files].every((list) => Array.isArray(list) && list.every(isLine)) &&
    Number.isFinite(kept.since)
    ? kept
    : null;
}

/** @param {number} since; @returns {Sent} */
function begun(since) {
  return { since, messages: [], files: [] };
}

/** @param {Sent} sent; @param {number} now; @returns {Sent} */
function trim({ since, messages, files }, now) {
  const young = messages.filter(({ at }) => at > now - KEEP_MS);
  const kept = young.slice(-MOST_MESSAGES);
  return {
    since: kept.length < young.length ? kept[0].at : Math.max(since, now - KEEP_MS),
    messages: kept,
    files: files.filter(({ last }) => last > now - KEEP_MS).slice(-MOST_FILES),
  };
}
