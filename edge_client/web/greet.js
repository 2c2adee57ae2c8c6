/** That the citizen wants to be greeted by name: off until they switch it on in the panel. */

export const GREET = "nearside.greet";
