/**
 * The only file with `fetch`, and the only list of addresses. Everything that leaves the device passes through `createHost`.
 */

const POSTS = ["/consent/events", "/contributions", "/consent/erasures"];
const REPORTS = POSTS[1];
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

/**
 * @param {string} address of our own origin
 * @param {RequestInit} [more]
 */
function request(address, more) {
  return fetch(address, { ...more, ...SAME, signal: AbortSignal.timeout(PATIENCE_MS) });
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
 * @typedef {object} Claim
 * @property {Uint8Array} publicKey
 * @property {Uint8Array} message
 * @property {Uint8Array} signature
 */

/**
 * @param {import("./store.js").Store} store
 * @param {(kind: string, text: string) => void} show
 * @param {typeof import("./model.js")} model
 * @param {(purpose: string) => boolean} allows
 */
export function createHost(store, show, model, allows) {
  return {
    now: () => Date.now(),

    /** @param {string} path a file that is the same for everyone */
    async fetchPublic(path) {
      if (!path.startsWith(PUBLIC)) {
        throw new Error("host: not a public file");
      }
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
      // Asked at the last moment: the citizen may have said no while this waited for its turn.
      if (path === REPORTS && !allows("learn")) {
        throw new Error("host: the citizen has said no");
      }
      const answer = await request(path, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: /** @type {BodyInit} */ (body),
      });
      return { status: answer.status, body: new Uint8Array(await answer.arrayBuffer()) };
    },

    /** @param {string} entry leaf hash in hex; @returns {Promise<string | undefined>} undefined while there is none */
    async fetchProof(entry) {
      for (let tries = 0; tries < 12; tries += 1) {
        const answer = await request(`${PROOFS}${entry}`, { cache: "no-store" });
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
        navigator.locks
          .request("nearside", () => new Promise((done) => granted(() => done(undefined))))
          .catch(failed);
      }),

    load: store.load,
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
  if (kept) {
    return kept;
  }
  const made = /** @type {CryptoKeyPair} */ (
    await crypto.subtle.generateKey("Ed25519", false, ["sign", "verify"])
  );
  await store.save("consent-key", made);
  return made;
}

/** @param {Uint8Array} bytes; @returns {ArrayBuffer} */
function buffer(bytes) {
  return /** @type {ArrayBuffer} */ (bytes.slice().buffer);
}
