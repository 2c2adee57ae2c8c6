/**
 * The only file with `fetch`, and the only list of addresses. What says anything of anybody passes through `createHost`.
 */

const POSTS = ["/consent/events", "/contributions", "/consent/erasures"];
export const REPORTS = POSTS[1];
const PROOFS = "/consent/receipts/";
const PUBLIC = "/nearside/";

/** What every request has in common: no cookies, no referrer, no other origin, nothing that a server could tell apart. */
const SAME = /** @type {RequestInit} */ ({
  credentials: "omit",
  mode: "same-origin",
  redirect: "error",
  referrerPolicy: "no-referrer",
});

/** How long a server may take before we go on without it: nothing else can be said meanwhile. */
const PATIENCE_MS = 20_000;
/** How long the megabytes of a runtime may take on a slow line: before them nothing can be said at all. */
const PATIENCE_WITH_PARTS_MS = 180_000;

/**
 * @param {string} address of our own origin
 * @param {RequestInit} [more]
 * @param {number} [patience] in milliseconds, to the last byte
 */
function request(address, more, patience = PATIENCE_MS) {
  return fetch(address, { ...more, ...SAME, signal: AbortSignal.timeout(patience) });
}

/**
 * @param {string} address a file that is the same for everyone
 * @returns {Promise<ArrayBuffer>}
 */
export async function fetchFile(address) {
  const answer = await request(address);
  if (!answer.ok) {
    throw new Error("host: a public file did not arrive");
  }
  return answer.arrayBuffer();
}

/**
 * @param {string} address a part of the runtime
 * @returns {Promise<Response>} the answer, of which the bytes may still be on their way
 */
export async function fetchPart(address) {
  const answer = await request(address, {}, PATIENCE_WITH_PARTS_MS);
  if (!answer.ok) {
    throw new Error("host: a part of the runtime did not arrive");
  }
  return answer;
}

/**
 * @typedef {object} Claim
 * @property {Uint8Array} publicKey
 * @property {Uint8Array} message
 * @property {Uint8Array} signature
 */

/**
 * @param {import("./store.js").Store} store
 * @param {import("./sent.js").SentBook} sent where what leaves is written down, for the citizen
 * @param {(kind: string, text: string) => void} show
 * @param {typeof import("./model.js")} model
 * @param {(purpose: string) => boolean} allows
 */
export function createHost(store, sent, show, model, allows) {
  /** @type {Set<() => void>} */
  const locks = new Set();
  return {
    now: () => Date.now(),

    /** @param {string} path a file that is the same for everyone */
    async fetchPublic(path) {
      if (!path.startsWith(PUBLIC)) {
        throw new Error("host: not a public file");
      }
      await sent.fetched(path).catch(() => {}); // the same for everyone: it says nothing of anybody
      return new Uint8Array(await fetchFile(path));
    },

    /**
     * @param {string} path
     * @param {Uint8Array} body
     */
    async post(path, body) {
      if (!POSTS.includes(path)) {
        throw new Error("host: not an address that reports go to");
      }
      const noted = sent.note({ method: "POST", path, body: new TextDecoder().decode(body) });
      // A report that cannot be shown to the citizen afterwards stays here. A choice leaves all the same: it is his to send.
      const id = path === REPORTS ? await noted : await noted.catch(() => "");
      // Asked at the last moment: the citizen may have said no while this waited for its turn.
      if (path === REPORTS && !allows("learn")) {
        await sent.withdraw(id).catch(() => {});
        throw new Error("host: the citizen has said no");
      }
      const answer = await request(path, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: /** @type {BodyInit} */ (body),
      });
      await sent.settle(id, answer.status).catch(() => {});
      return { status: answer.status, body: new Uint8Array(await answer.arrayBuffer()) };
    },

    /** @param {string} entry leaf hash in hex; @returns {Promise<string | undefined>} undefined while there is none */
    async fetchProof(entry) {
      for (let tries = 0; tries < 12; tries += 1) {
        const path = `${PROOFS}${entry}`;
        const id = await sent.note({ method: "GET", path }).catch(() => "");
        const answer = await request(path, { cache: "no-store" });
        await sent.settle(id, answer.status).catch(() => {});
        if (answer.ok) {
          return answer.text();
        }
        if (answer.status !== 404) {
          break;
        }
        await new Promise((resolve) => setTimeout(resolve, 1000));
      }
      return undefined; // not null, which Python would not see as None
    },

    /** @param {Claim[]} claims */
    async verify(claims) {
      const held = await Promise.all(
        claims.map(async ({ publicKey, message, signature }) => {
          const key = await crypto.subtle.importKey("raw", buffer(publicKey), "Ed25519", false, ["verify"]);
          return crypto.subtle.verify("Ed25519", key, buffer(signature), buffer(message));
        }),
      );
      return held.every(Boolean);
    },

    async subject() {
      const { publicKey } = await consentKey(store);
      return new Uint8Array(await crypto.subtle.exportKey("raw", publicKey));
    },

    /** @param {Uint8Array} message */
    async sign(message) {
      const { privateKey } = await consentKey(store);
      return new Uint8Array(await crypto.subtle.sign("Ed25519", privateKey, buffer(message)));
    },

    /** @returns {Promise<() => void>} what lets go of this origin's lock, which every worker takes */
    acquire: () =>
      new Promise((granted, failed) => {
        const hold = () =>
          new Promise((done) => {
            const release = () => (locks.delete(release), done(undefined));
            locks.add(release);
            granted(release);
          });
        navigator.locks.request("nearside", hold).catch(failed);
      }),

    /** Let go of what a Python holds that has ended. */
    letGo: () => locks.forEach((release) => release()),

    /** @param {string} kind; @returns {Promise<Uint8Array | undefined>} what no worker ever kept is dropped */
    async load(kind) {
      const kept = await store.load(kind);
      if (kept === undefined || kept instanceof Uint8Array) {
        return kept;
      }
      await store.erase(kind);
      return undefined;
    },
    save: store.save,
    erase: store.erase,
    openModel: model.open,
    tryModel: model.attempt,
    candidates: model.candidates,
    show,
    /** @param {number} count */
    random: (count) => crypto.getRandomValues(new Uint8Array(count)),
  };
}

/**
 * The device's consent key: random for this device and this origin, never extractable.
 *
 * @param {import("./store.js").Store} store
 * @returns {Promise<CryptoKeyPair>}
 */
async function consentKey(store) {
  const kept = await store.load("consent-key");
  if (isKey(kept?.privateKey, "sign") && isKey(kept.publicKey, "verify")) {
    return kept;
  }
  const made = /** @type {CryptoKeyPair} */ (
    await crypto.subtle.generateKey("Ed25519", false, ["sign", "verify"])
  );
  await store.save("consent-key", made);
  return made;
}

/** @param {unknown} value; @param {KeyUsage} use */
function isKey(value, use) {
  return value instanceof CryptoKey && value.algorithm.name === "Ed25519" && value.usages.includes(use);
}

/** @param {Uint8Array} bytes; @returns {ArrayBuffer} */
function buffer(bytes) {
  return /** @type {ArrayBuffer} */ (bytes.slice().buffer);
}
