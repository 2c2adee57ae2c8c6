/** When there is time, and room, for what nobody is waiting for. */

/** @returns {boolean} whether this device, and its connection, can carry what nobody is waiting for */
export function hasRoom() {
  const { connection, deviceMemory = 8 } = /** @type {any} */ (navigator);
  return !connection?.saveData && deviceMemory >= 2;
}

/** @param {() => void} act what needs Python and the model: done when there is time, where there is room for them */
export function whereWhole(act) {
  if (hasRoom() && "WebAssembly" in globalThis) {
    whenIdle(act);
  }
}

/** @param {() => void} act what nobody waits for: done once the page is there */
export function whenIdle(act) {
  const idle = () =>
    "requestIdleCallback" in window ? requestIdleCallback(act, { timeout: 4000 }) : setTimeout(act, 1000);
  document.readyState === "complete" ? idle() : addEventListener("load", idle, { once: true });
}
