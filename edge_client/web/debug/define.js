/**
 * What this device did for the page, for whoever builds it: slots outlined, and at the end of the page how each was decided,
 * what counts, what is kept, what was fetched and how long it took. It covers nothing, and Escape closes it.
 */

// @ts-ignore -- made by the build from words/*.json: what the overlay says
import words from "nearside-debug-words";
import { meterOf } from "./meter.js";
import { shiftsOfOurs, kept, requests, timings } from "./measured.js";
import { OUTLINE, STYLE } from "./style.js";
import { slotsOf } from "./trace.js";
import { inDirection, numbersIn } from "../locale.js";
import { button, element } from "../markup.js";

/** @typedef {import("../parts.js").Page} Page */
/** @typedef {import("./trace.js").Trace} Trace */

/** Where a page is built: nobody else's browser opens these. */
const AT_HOME = /^(localhost|127\.0\.0\.1|\[::1\]|.+\.localhost)$/;
const NAME = "nearside-debug";

/** @type {CSSStyleSheet | null} */
let outline = null;

/**
 * Open the overlay, or close the one that is open.
 *
 * @param {Page} page
 * @returns {boolean} whether it is open now: elsewhere than in a preview and on a machine of one's own, it never is
 */
export function toggle(page) {
  if (!page.preview && !AT_HOME.test(location.hostname)) {
    console.warn("nearside: the overlay opens in a preview or on localhost alone");
    return false;
  }
  const open = document.querySelector(`.${NAME}`);
  if (open) {
    open.dispatchEvent(new Event("close"));
    return false;
  }
  show(page);
  return true;
}

/** @param {Page} page */
function show(page) {
  const { lang } = page.config;
  /** @type {Record<string, string>} */
  const strings = words[lang] ?? words.en;
  const before = focused();
  const host = inDirection(element("aside", "", NAME), words[lang] ? lang : "en");
  host.setAttribute("aria-label", strings.heading);
  const root = host.attachShadow({ mode: "open" });
  root.adoptedStyleSheets = [sheetOf(STYLE)];
  outline ??= sheetOf(OUTLINE);
  document.adoptedStyleSheets.push(outline);
  const heading = element("h2", strings.heading);
  heading.tabIndex = -1;
  const end = button(strings.close, "close");
  const body = element("div", "", "facts");
  root.append(heading, end, body);
  document.body.append(host);
  /** @type {Trace | null} */
  let trace = null;
  const draw = async () => body.replaceChildren(...(await factsOf(page, trace, strings, lang)));
  const ask = () => page.allows("suggest") && page.send({ type: "trace" });
  page.listen(({ kind, text }) => {
    if (!host.isConnected) {
      return;
    }
    if (kind === "trace") {
      trace = JSON.parse(text);
      void draw();
    } else if (kind === "plan") {
      ask(); // what was decided is another now
    }
  });
  const close = () => {
    host.remove();
    removeEventListener("keydown", onKey);
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => sheet !== outline);
    if (before instanceof HTMLElement) {
      before.focus();
    }
  };
  const onKey = (/** @type {KeyboardEvent} */ { key }) => key === "Escape" && close();
  addEventListener("keydown", onKey);
  host.addEventListener("close", close);
  end.addEventListener("click", close);
  void draw().then(() => heading.focus());
  ask();
}

/** @returns {Element | null} what has the focus, in whichever shadow it stands */
function focused() {
  let found = document.activeElement;
  while (found?.shadowRoot?.activeElement) {
    found = found.shadowRoot.activeElement;
  }
  return found;
}

/** @param {string} text */
function sheetOf(text) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  return sheet;
}

/**
 * @param {Page} page
 * @param {Trace | null} trace
 * @param {Record<string, string>} strings
 * @param {string} lang
 */
async function factsOf(page, trace, strings, lang) {
  const numbers = numbersIn(lang);
  const given = page.off() ? [] : (page.choice()?.given ?? []);
  const bytes = (/** @type {number} */ size) => strings.bytes.replace("{count}", numbers.format(size));
  const ms = (/** @type {number} */ time) => strings.ms.replace("{count}", numbers.format(Math.round(time)));
  const shifts = await shiftsOfOurs();
  return [
    ...slotsOf(page, trace, strings, numbers),
    element("h3", strings.meter),
    table(meterOf(page, trace, strings, lang)),
    element("h3", strings.consent),
    table([[strings.given, given.join(", ") || strings.none]]),
    element("h3", strings.storage),
    table(kept(page.storage, trace?.kept ?? {}).map(([name, size]) => [name, bytes(size)])),
    element("h3", strings.network),
    table(requests().map(({ path, size, took }) => [path, size ? bytes(size) : strings.cached, ms(took)])),
    element("h3", strings.timings),
    table([
      ...timings().map(([name, at]) => [name, ms(at)]),
      [strings.shift, numbersIn(lang, { maximumFractionDigits: 4 }).format(shifts)],
    ]),
  ];
}

/** @param {string[][]} rows the first cell of each names it */
function table(rows) {
  const made = document.createElement("table");
  made.append(
    ...rows.map(([name, ...cells]) => {
      const row = document.createElement("tr");
      const head = element("th", name);
      head.setAttribute("scope", "row");
      head.dir = "auto"; // a name of ours or an address, whichever way the page runs
      row.append(head, ...cells.map((cell) => element("td", cell)));
      return row;
    }),
  );
  return made;
}
