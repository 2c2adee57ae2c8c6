/** How the overlay looks, whatever the page's own style sheet is: it is for whoever builds the page, and for no citizen. */

export const OUTLINE = `
nearside-recommend, nearside-cards, nearside-carousel, nearside-hero, nearside-why, nearside-alert, nearside-reminders {
  outline: 3px dashed #b8198c !important; outline-offset: 3px;
}
`;

export const STYLE = `
:host { display: block; padding: 1.25rem; border-block-start: 6px solid #b8198c; background: #fff; color: #1d1d1d;
  font: 1rem/1.45 system-ui, sans-serif; }
:host > *, .facts { max-inline-size: 60rem; }
h2 { margin: 0 0 .75rem; font-size: 1.375rem; }
h3 { margin: 1.25rem 0 .375rem; font-size: 1.125rem; }
p { margin: .375rem 0; }
ol, ul { margin: .25rem 0 .5rem; padding-inline-start: 1.5rem; overflow-wrap: anywhere; }
table { inline-size: 100%; border-collapse: collapse; }
th, td { padding: .25rem .5rem .25rem 0; border-block-end: 1px solid #c9c9c9; text-align: start; vertical-align: top;
  overflow-wrap: anywhere; }
th { font-weight: 400; }
td { font-variant-numeric: tabular-nums; white-space: nowrap; }
button { min-block-size: 2.75rem; padding: .5rem 1rem; border: 2px solid #7d0f5f; background: #fff; color: #7d0f5f;
  font: inherit; font-weight: 700; cursor: pointer; }
button:hover { background: #7d0f5f; color: #fff; }
:focus-visible { outline: 3px solid #1d1d1d; outline-offset: 2px; }
`;
