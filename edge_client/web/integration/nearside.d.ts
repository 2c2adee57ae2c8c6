/** What a page's own scripts may use: `await window.nearside.ready`. All of it happens on this device. */

export interface Nearside {
  /** Grows by one when something here goes away or changes its meaning. */
  readonly version: 1;
  readonly ready: Promise<Nearside>;
  readonly page: PageContext;
  readonly consent: Consent;
  /** What was decided on this device for a slot of this page. */
  decide(slot: string): Decision;
  /** The same, once everything is loaded: the items alone, none where the server's own content stays. */
  recommend(slot: string): Promise<readonly Item[]>;
  /** Say what happened on the page, in the words of its list of events. */
  track(name: string, props?: EventProps): Tracked;
  /** Returns what stops it. */
  on(event: NearsideEvent, listener: () => void): () => void;
  /**
   * Leave this page as the server wrote it, and tell the device no more of it; no choice is changed. Called as soon as this
   * is `ready`, it is not remembered that the page was looked at. What the device was told before stays: only the citizen
   * deletes.
   */
  off(): void;
  /**
   * Open or close the overlay that says how each slot was decided, what counts, what is kept, and what was fetched. Elsewhere
   * than in a preview and on localhost it stays closed, and a line in the console says so. Tells whether it is open.
   */
  debug(): Promise<boolean>;
  /** An OpenFeature provider for the web: flags are slots, answered from the plan. */
  flags(): Flags;
}

export interface PageContext {
  readonly item: string;
  readonly lang: string;
  /** Of the page's JSON-LD, where the page's settings list its type: of what type it is, and about what. */
  readonly type: StructuredType | null;
  readonly topic: string | null;
}

export type StructuredType = "GovernmentService" | "FAQPage" | "Event";

/** Read, followed and never given: only the citizen's own act on the banner, on the settings page, or beside an element that asks, decides. */
export interface Consent {
  /** Address of the page where the citizen decides. */
  readonly settings: string;
  read(): ConsentState;
  /** Returns what stops it. */
  subscribe(listener: (state: ConsentState) => void): () => void;
}

export interface ConsentState {
  /** Whether the citizen has decided anything. */
  readonly asked: boolean;
  /** The purposes that count now. */
  readonly given: readonly string[];
  /** Whether the browser's own signal keeps suggestions off. */
  readonly signal: boolean;
}

export interface Decision {
  readonly slot: string;
  /** Whether anything was decided; where not, the server's own content is what to show. */
  readonly personalised: boolean;
  readonly items: readonly Item[];
}

export interface Item {
  readonly item: string;
  readonly title: string;
  readonly summary: string;
  readonly reason: { readonly kind: string; readonly text: string };
}

export interface EventProps {
  /** A page of this site, as a path; this page where it is left out. */
  readonly page?: string;
  /** What was searched for: only words of the site's own catalogue are taken. */
  readonly words?: string;
  /** For how long the page was read. */
  readonly seconds?: number;
}

/** `taken`; not in the page's list; not of its kind; or nothing is taken now, without consent or after `off()`. */
export type Tracked = "taken" | "unlisted" | "malformed" | "off";

/** The citizen decided; the next pages are decided; the device's own code failed to start. */
export type NearsideEvent = "consent" | "planned" | "failed";

/** What `OpenFeature.setProvider` of `@openfeature/web-sdk` takes. */
export interface Flags {
  readonly metadata: { readonly name: string };
  readonly runsOn: "client";
  resolveBooleanEvaluation(flag: string, otherwise: boolean): Flag<boolean>;
  resolveStringEvaluation(flag: string, otherwise: string): Flag<string>;
  resolveNumberEvaluation(flag: string, otherwise: number): Flag<number>;
  resolveObjectEvaluation<T>(flag: string, otherwise: T): Flag<T>;
  readonly events: FlagEvents;
}

export interface Flag<T> {
  readonly value: T;
  readonly reason: "TARGETING_MATCH" | "DEFAULT";
  readonly variant?: "personalised";
}

/** What a provider tells of itself: as OpenFeature has it, whose details are of many shapes. */
export interface FlagEvents {
  addHandler(event: string, handler: (details?: any) => void): void;
  removeHandler(event: string, handler: (details?: any) => void): void;
  removeAllHandlers(event?: string): void;
  getHandlers(event: string): ((details?: any) => void)[];
  emit(event: string, details?: any): void;
  setLogger(logger: unknown): FlagEvents;
}

declare global {
  interface Window {
    nearside?: { readonly ready: Promise<Nearside> };
  }
}
