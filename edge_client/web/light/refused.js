/** What is well formed and perhaps true, and may not be used all the same: by policy. */
export class Refused extends Error {
  name = "Refused";
}
