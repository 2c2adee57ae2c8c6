/** The frame around a preview: that it is one, of whom, and how to end it. */

// @ts-ignore -- made by the build from words/*.json: what the frame says
import words from "nearside-preview-words";
import { datesIn, inDirection, listsIn } from "../locale.js";
import { button, element } from "../markup.js";

/** Looks the same on every page, whatever its own style sheet is; there is nothing in it to be themed. */
const STYLE = `
:host { display: block; color: #1d1d1d; font: 1rem/1.45 system-ui, sans-serif; }
.edge { position: fixed; inset: 0; z-index: 2147483647; border: 6px solid #b8198c; pointer-events: none; }
.bar { padding: 1rem 1.25rem; border-block-end: 1px solid #b8198c; background: #fdeaf7; }
.bar > * { max-inline-size: 60rem; margin: 0 auto .375rem; }
h2 { font-size: 1.25rem; }
.acts { display: flex; flex-wrap: wrap; gap: .5rem 1rem; margin-block: .625rem 0; }
button { min-block-size: 2.75rem; padding: .5rem 1rem; border: 2px solid #7d0f5f; background: #fff; color: #7d0f5f;
  font: inherit; font-weight: 700; cursor: pointer; }
button:hover { background: #7d0f5f; color: #fff; }
button:focus-visible { outline: 3px solid #1d1d1d; outline-offset: 2px; }
@media print { .edge { display: none; } }
`;

/**
 * @param {import("../parts.js").Page} page
 * @param {import("./token.js").Token} token
 */
export function showFrame(page, token) {
  const { lang } = page.config;
  /** @type {Record<string, string>} */
  const strings = words[lang] ?? words.en;
  const host = inDirection(element("aside", "", "nearside-preview"), words[lang] ? lang : "en");
  host.setAttribute("aria-label", strings.label);
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];
  const bar = element("div", "", "bar");
  const state = element("p", strings.deciding);
  state.setAttribute("role", "status");
  const acts = element("div", "", "acts");
  const end = button(strings.end, "end");
  end.addEventListener("click", () => {
    history.replaceState(null, "", location.pathname + location.search);
    location.reload();
  });
  const why = button(strings.how, "how");
  why.addEventListener("click", () => void page.debug());
  acts.append(end, why);
  bar.append(
    element("h2", strings.label),
    element("p", strings.who.replace("{name}", token.persona.name)),
    ...circumstances(token, strings, lang).map((line) => element("p", line)),
    state,
    acts,
  );
  root.append(element("div", "", "edge"), bar);
  document.body.prepend(host);
  performance.mark("nearside:framed"); // it pushes all of the page down
  page.listen(({ kind, text }) => {
    if (kind === "plan") {
      performance.mark("nearside:previewed");
      state.textContent = strings.decided;
    } else if (kind === "state" && /^(failed|bundle)-/.test(text)) {
      state.textContent = strings.failed.replace("{kind}", text);
    }
  });
}

/**
 * @param {import("./token.js").Token} token
 * @param {Record<string, string>} strings
 * @param {string} lang
 * @returns {string[]} when, where, and by which model
 */
function circumstances({ at, codes, variant }, strings, lang) {
  const dates = datesIn(lang, { dateStyle: "long", timeStyle: "short" });
  return [
    at === null ? "" : strings.when.replace("{when}", dates.format(Date.parse(at))),
    codes.length ? strings.where.replace("{codes}", listsIn(lang).format(codes)) : "",
    variant === null ? "" : strings[`variant-${variant}`],
  ].filter(Boolean);
}
