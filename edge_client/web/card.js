/** What makes a place on the page a suggestion: that it is one, why, and a way to be rid of it. */

import { button, element } from "./markup.js";

/** @typedef {import("./plan.js").Suggestion} Suggestion */
/** @typedef {Record<string, string>} Strings */

/**
 * Add label, reason and buttons to a place that leads to the item.
 *
 * @param {HTMLElement} place
 * @param {Suggestion} suggestion
 * @param {{strings: Strings, dismissed: (item: string) => void}} with_
 * @returns {() => void} takes all of it away again
 */
export function mark(place, suggestion, { strings, dismissed }) {
  const label = element("span", strings.label, "nearside-label");
  const reason = element("p", reasonText(suggestion, strings), "nearside-reason");
  reason.hidden = true;
  const why = button(strings.why, "nearside-why", suggestion.title);
  why.setAttribute("aria-expanded", "false");
  why.addEventListener("click", () => {
    reason.hidden = !reason.hidden;
    why.setAttribute("aria-expanded", String(!reason.hidden));
  });
  const no = button(strings.no, "nearside-no", suggestion.title);
  no.addEventListener("click", () => {
    const done = element("p", strings.noted, "nearside-noted");
    done.setAttribute("role", "status");
    done.tabIndex = -1;
    // What the server wrote is not taken apart: it is put back as it was when suggestions end.
    const gone = like(place);
    gone.append(done);
    place.replaceWith(gone);
    done.focus();
    dismissed(suggestion.item);
  });
  // What is in it comes later (topics/define.js); its place is there before anything is painted.
  const more = element("details", "", "nearside-more");
  const summary = element("summary", strings.more);
  summary.setAttribute("aria-label", `${strings.more}: ${suggestion.title}`);
  more.append(summary);
  const actions = element("div", "", "nearside-actions");
  // A device in another origin hears of a no, and of nothing else (isolated/saying.js).
  actions.append(why, no, ...(suggestion.reason === "device" ? [] : [more]));
  place.prepend(label);
  place.append(actions, reason);
  place.dataset.item = suggestion.item;
  return () => {
    label.remove();
    actions.remove();
    reason.remove();
    place.removeAttribute("data-item");
  };
}

/**
 * A place for an item that the server did not put on this page, made like one that it did.
 *
 * @param {Suggestion} suggestion
 * @param {HTMLElement | undefined} model
 */
export function draw({ item, title, summary, picture, alt }, model) {
  const place = like(model);
  const own = picture && model?.querySelector("svg:has(> use)");
  if (own) {
    // One file has the pictures of all items, and this page has fetched it: only which one is shown differs.
    const drawn = /** @type {Element} */ (own.cloneNode(true));
    const use = /** @type {Element} */ (drawn.querySelector("use"));
    use.setAttribute("href", `${use.getAttribute("href")?.split("#")[0]}#${picture}`);
    drawn.setAttribute("role", "img");
    drawn.setAttribute("aria-label", alt ?? "");
    place.append(drawn);
  }
  const link = isolated("a", title);
  link.setAttribute("href", item);
  const heading = model?.querySelector("h2, h3, h4");
  const name = heading ? element(heading.localName, "", heading.className) : link;
  if (name !== link) {
    name.append(link);
  }
  place.append(name, isolated("p", summary));
  return place;
}

/**
 * @param {string} name
 * @param {string} text an item may be in another language than its page, and run the other way
 */
function isolated(name, text) {
  const made = element(name, "");
  made.append(element("bdi", text));
  return made;
}

/** @param {HTMLElement} [model] */
function like(model) {
  return element(model?.localName ?? "li", "", model?.className);
}

/**
 * @param {Suggestion} suggestion
 * @param {Strings} strings
 */
export function reasonText(suggestion, strings) {
  const words = suggestion.said ?? strings[`reason-${suggestion.reason}`] ?? strings["reason-popular"];
  return words.replace("{page}", suggestion.because ?? "");
}
