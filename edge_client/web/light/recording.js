/** What is left to do of the citizen's choices: records to sign, to send and to prove (`edge_client/recording.py`). */

import { Malformed, Untrue } from "../verifier/errors.js";
import { decode } from "../verifier/canonical.js";
import { Fields } from "../verifier/fields.js";
import { verifyReceipt } from "../verifier/receipt.js";
import { claimOf, readRecord } from "../verifier/record.js";
import { printHex } from "../verifier/spelling.js";
import {
  NO_BOOK,
  entryIn,
  logged,
  parseBook,
  printBook,
  proven,
  receiptOf,
  requestOf,
  signed,
  summary,
} from "./book.js";
import { read } from "./kept.js";

/** @typedef {import("./book.js").Book} Book */
/** @typedef {import("./line.js").Host} Host */

const EVENTS = "/consent/events";

/**
 * @param {Host} host
 * @param {import("../verifier/logkeys.js").LogKeys} ledger
 * @param {<T>(act: () => Promise<T>) => Promise<T>} exclusively
 */
export function openRecorder(host, ledger, exclusively) {
  /** @type {Set<string>} entries whose proof is waited for: it may take seconds, and pages must not wait with it */
  const waiting = new Set();
  return {
    /** Sign and send what is left; an earlier page may not have got to it. */
    async finish() {
      await exclusively(async () => {
        let book = await kept();
        for (const left of book.unsigned) {
          const { message } = claimOf(readRecord(left.record), new Uint8Array(64));
          book = await keep(signed(book, left, await host.sign(message)));
        }
        for (const opening of book.pending) {
          const entry = await entryIn(opening);
          if (book.accepted.includes(entry) || (await isAccepted(opening, entry))) {
            book = book.accepted.includes(entry) ? book : await keep(logged(book, entry));
            void prove(entry).catch(() => {});
          }
        }
        await tell(book);
      });
    },

    show: () => exclusively(async () => tell(await kept())),
  };

  async function kept() {
    return (await read("book", parseBook, host))?.value ?? NO_BOOK;
  }

  /** @param {Book} book */
  async function keep(book) {
    await host.save("book", printBook(book));
    return book;
  }

  /** @param {Book} book */
  async function tell(book) {
    host.show("receipts", new TextDecoder().decode(await summary(book)));
  }

  /**
   * @param {import("./book.js").Opening} opening
   * @param {string} entry computed here too: a ledger that names another one is not believed
   */
  async function isAccepted(opening, entry) {
    try {
      const { status, body } = await host.post(EVENTS, requestOf(opening));
      return status === 202 && entryNamed(body) === entry;
    } catch {
      return false; // the ledger is down: sent again at a later page
    }
  }

  /** @param {string} entry */
  async function prove(entry) {
    if (waiting.has(entry)) {
      return;
    }
    waiting.add(entry);
    try {
      const proof = await host.fetchProof(entry);
      await (proof === undefined ? null : exclusively(() => replace(entry, proof)));
    } finally {
      waiting.delete(entry);
    }
  }

  /**
   * @param {string} entry
   * @param {string} proof
   */
  async function replace(entry, proof) {
    const book = await kept();
    for (const opening of book.pending) {
      if ((await entryIn(opening)) === entry) {
        const receipt = await receiptOf(opening, proof);
        if (await holds(receipt)) {
          await tell(await keep(proven(book, opening, { entry, receipt })));
        }
        return;
      }
    }
  }

  /** @param {Uint8Array} receipt; @returns {Promise<boolean>} false for a proof that does not hold: it stays pending */
  async function holds(receipt) {
    try {
      await verifyReceipt(receipt, ledger);
      return true;
    } catch (error) {
      if (error instanceof Malformed || error instanceof Untrue) {
        return false;
      }
      throw error;
    }
  }
}

/** @param {Uint8Array} body */
function entryNamed(body) {
  const fields = new Fields(decode(body), "consent answer");
  fields.whole("v", 1, 1);
  const entry = fields.hex("entry", 32);
  fields.done();
  return printHex(entry);
}
