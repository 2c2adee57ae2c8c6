/** What consent can be asked for, in the words of a record (docs/formats/consent-record.md, "Purposes"). */

/**
 * @typedef {object} Description
 * @property {string} broader DPV purpose
 * @property {string} label
 * @property {string} data DPV concept
 * @property {string[]} processing DPV concepts
 * @property {boolean} leavesDevice whether the controller receives anything
 * @property {string} location
 * @property {string} duration ISO 8601
 */

const KEPT = { processing: ["dpv:Store", "dpv:Use"], leavesDevice: false, location: "dpv:WithinDevice" };
const COUNTED = {
  processing: ["dpv:Collect", "dpv:Anonymise"],
  leavesDevice: true,
  location: "dpv:RemoteLocation",
  duration: "P17D",
};

/** @type {Readonly<Record<string, Description>>} */
export const PURPOSES = Object.freeze({
  suggest: {
    ...KEPT,
    broader: "dpv:ProvidePersonalisedRecommendations",
    label: "Suggest pages from what this device has visited",
    data: "pd:BrowsingBehaviour",
    duration: "P90D",
  },
  learn: {
    ...COUNTED,
    broader: "dpv:ServiceOptimisation",
    label: "Count which page follows which, to improve suggestions for everyone",
    data: "pd:BrowsingBehaviour",
  },
  measure: {
    ...COUNTED,
    broader: "dpv:ServiceUsageAnalytics",
    label: "Count whether a page helped, to find out what works",
    data: "pd:ServiceConsumptionBehaviour",
  },
  remember: {
    ...KEPT,
    broader: "dpv:RequestedServiceProvision",
    label: "Remember an unfinished task on this device",
    data: "pd:ServiceConsumptionBehaviour",
    duration: "P90D",
  },
  remind: {
    broader: "dpv:CommunicationManagement",
    label: "Send a reminder by e-mail",
    data: "pd:EmailAddress",
    processing: ["dpv:Collect", "dpv:Store", "dpv:Use"],
    leavesDevice: true,
    location: "dpv:RemoteLocation",
    duration: "P1Y",
  },
  place: {
    ...KEPT,
    broader: "dpv:ProvidePersonalisedRecommendations",
    label: "Use the area that you chose, on this device",
    data: "pd:Location",
    duration: "P90D",
  },
});
