/** `<nearside-place>`: somebody says where they are, by a list or by their position, and reads what concerns them. */

import { details, inLanguage } from "./view.js";
import { inDirection, numbersIn } from "../locale.js";
import { button, element } from "../markup.js";

/** @typedef {import("./areas.js").Area} Area */
/** @typedef {import("./feed.js").Nearby} Nearby */

/**
 * @typedef {object} Collaborators
 * @property {import("./feed.js").AlertFeed} feed
 * @property {string} lang
 * @property {Record<string, string>} strings
 * @property {(purpose: string) => boolean} allows
 * @property {(labels: {yes: string, no: string}, answered: (yes: boolean) => void) => HTMLElement | null} ask whether the
 *   place may be kept; null where nobody can be asked
 */

const ASK = { enableHighAccuracy: false, maximumAge: 600_000, timeout: 15_000 };

/** @param {Collaborators} with_ */
export function definePlace(with_) {
  const { feed, lang, strings } = with_;
  customElements.define(
    "nearside-place",
    class extends HTMLElement {
      #mine = section("nearside-alerts-mine");
      #near = section("nearside-places");
      #all = section("nearside-alerts-all");
      #said = status();
      #kept = section("nearside-place-kept");
      /** @type {Nearby[]} */
      #nearby = [];
      #asked = false;

      connectedCallback() {
        feed.listen(() => void this.#update());
        void this.#update();
      }

      async #update() {
        this.#show();
        if (!this.#asked) {
          this.#asked = true;
          try {
            const { areas } = await feed.areas();
            if (areas.length > 0) {
              this.replaceChildren(
                this.#form(areas),
                this.#said,
                this.#kept,
                this.#mine,
                this.#near,
                this.#all,
              );
              this.#show();
              return;
            }
          } catch {
            this.#asked = false; // the alerts that name the areas have not come: asked again when they have
          }
        }
      }

      #show() {
        const mine = feed.concerning();
        const title = feed.codes.length > 0 ? strings["mine-title"] : strings["everyone-title"];
        this.#mine.replaceChildren(heading(title), list(mine, with_, strings["mine-none"]));
        const rest = feed
          .everywhere()
          .filter((alert) => !mine.some((known) => known.alert.id === alert.id))
          .map((alert) => ({ alert, concern: null }));
        this.#all.replaceChildren(heading(strings["rest-title"]), list(rest, with_, strings["rest-none"]));
        this.#showKept();
      }

      #showKept() {
        /** @type {HTMLElement[]} */
        const parts = [];
        if (feed.codes.length > 0) {
          const isKept = with_.allows("place");
          parts.push(element("p", isKept ? strings.kept : strings["not-kept"]));
          const forget = button(strings.forget, "nearside-button nearside-button-plain");
          forget.addEventListener("click", () => {
            this.#nearby = [];
            feed.choose([]);
            this.#near.replaceChildren();
            this.#say(strings.forgotten);
          });
          const labels = { yes: strings.keep, no: strings["keep-no"] };
          const asking = isKept ? null : with_.ask(labels, (yes) => this.#answered(yes));
          const actions = element("div", "", "nearside-place-actions");
          actions.append(forget);
          parts.push(...(asking ? [asking] : []), actions);
        }
        if (!this.#kept.contains(document.activeElement)) {
          this.#kept.replaceChildren(...parts);
        }
      }

      /** @param {boolean} yes whether the place may be kept */
      #answered(yes) {
        feed.keep();
        this.#said.focus(); // what was pressed goes
        this.#show();
        this.#say(strings[yes ? "now-kept" : "not-kept"]);
      }

      /** @param {Area[]} areas */
      #form(areas) {
        const made = element("div", "", "nearside-place-choices");
        made.setAttribute("role", "group");
        made.setAttribute("aria-label", strings.choose);
        made.append(this.#byList(areas), this.#byPosition());
        return made;
      }

      /** @param {Area[]} areas */
      #byList(areas) {
        const way = element("div", "", "nearside-place-way");
        const label = element("label", strings.area);
        label.setAttribute("for", "nearside-area");
        const select = document.createElement("select");
        select.id = "nearside-area";
        const names = new Intl.Collator(lang);
        const options = areas
          .map((area) => ({ area, ...inLanguage(area.names, lang) }))
          .sort((one, other) => names.compare(one.said, other.said))
          .map(({ area, lang: spoken, said }) => {
            const option = inDirection(document.createElement("option"), spoken);
            option.value = area.code;
            option.textContent = said;
            option.selected = feed.codes.includes(area.code);
            return option;
          });
        select.append(...options);
        const use = button(strings["use-area"], "nearside-button");
        use.addEventListener("click", async () => {
          const chosen = areas.filter(({ code }) => code === select.value);
          feed.choose(chosen);
          const { shelters } = await feed.areas();
          this.#nearby = shelters
            .filter(({ codes }) => codes.includes(select.value))
            .map((shelter) => ({ shelter, metres: null }));
          this.#chosen(chosen);
        });
        way.append(label, element("p", strings["area-hint"], "nearside-hint"), select, use);
        return way;
      }

      #byPosition() {
        const way = element("div", "", "nearside-place-way");
        const use = button(strings["use-position"], "nearside-button");
        use.addEventListener("click", () => {
          this.#say(strings.locating);
          navigator.geolocation.getCurrentPosition(
            ({ coords }) => void this.#judge(coords),
            () => this.#say(strings["no-position"]),
            ASK,
          );
        });
        way.append(
          element("p", strings.position, "nearside-place-label"),
          element("p", strings["position-why"], "nearside-hint"),
          use,
        );
        return way;
      }

      /** @param {GeolocationCoordinates} position */
      async #judge(position) {
        try {
          const { areas, isSure, nearby } = await feed.judge(position);
          this.#nearby = nearby;
          this.#chosen(areas, isSure ? "found" : "found-unsure");
        } catch {
          this.#say(strings["no-position"]);
        }
      }

      /**
       * @param {Area[]} areas
       * @param {"found" | "found-unsure"} [how]
       */
      #chosen(areas, how = "found") {
        const names = areas.map(({ names }) => inLanguage(names, lang).said);
        this.#show();
        this.#near.replaceChildren(...places(this.#nearby, with_));
        const count = String(feed.concerning().length);
        const found = names.length > 0 ? strings[how] : strings["found-none"];
        this.#say(found.replace("{area}", () => names.join(", ")).replace("{count}", count));
      }

      /** @param {string} text */
      #say(text) {
        this.#said.textContent = text;
      }
    },
  );
}

/**
 * @param {(import("./feed.js").Matched | {alert: import("./list.js").Alert, concern: null})[]} matched
 * @param {Collaborators} with_
 * @param {string} none
 */
function list(matched, with_, none) {
  if (matched.length === 0) {
    return element("p", none);
  }
  const made = element("ul", "", "nearside-alerts");
  made.append(
    ...matched.map((each) => {
      const { lang, said } = inLanguage(each.alert.words, with_.lang);
      const row = element("li", "");
      row.dataset.severity = each.alert.severity;
      const title = element("h3", "");
      title.append(
        inDirection(element("span", said.event), lang),
        element("span", with_.strings[`severity-${each.alert.severity}`], "nearside-alert-severity"),
      );
      row.append(title, details(each, with_));
      return row;
    }),
  );
  return made;
}

/**
 * @param {Nearby[]} nearby
 * @param {Collaborators} with_
 */
function places(nearby, { lang, strings }) {
  if (nearby.length === 0) {
    return [];
  }
  const made = element("ol", "", "nearside-places-list");
  made.append(
    ...nearby.map(({ shelter, metres }) => {
      const row = element("li", "");
      const name = inLanguage(shelter.names, lang);
      const more = inLanguage(shelter.details, lang);
      row.append(
        inDirection(element("strong", name.said), name.lang),
        inDirection(element("span", more.said, "nearside-hint"), more.lang),
      );
      if (metres !== null) {
        row.append(element("span", distance(metres, lang), "nearside-distance"));
      }
      return row;
    }),
  );
  return [heading(strings.places), made];
}

/**
 * @param {number} metres
 * @param {string} lang
 */
function distance(metres, lang) {
  const km = numbersIn(lang, { style: "unit", unit: "kilometer", maximumFractionDigits: 1 });
  return km.format(Math.max(metres, 100) / 1000);
}

/** @param {string} text */
function heading(text) {
  return element("h2", text, "govuk-heading-m");
}

/** @param {string} className */
function section(className) {
  return element("section", "", className);
}

function status() {
  const made = element("p", "", "nearside-place-status");
  made.setAttribute("role", "status");
  made.tabIndex = -1;
  return made;
}
