// Prints what a device in another origin says to a page of the site, given what its slots show: with the page's own code.
import { readFileSync } from "node:fs";

const { asShown, readFromPage, readHello } = await import(
  new URL("../../edge_client/web/isolated/saying.js", import.meta.url).href
);
const { shown, said, hello } = JSON.parse(readFileSync(0, "utf8"));
const told = {
  shown: shown.map(asShown),
  said: said.map(readFromPage),
  hello: hello.map((/** @type {any} */ each) => readHello(each, ["nearside-recommend"])),
};
process.stdout.write(JSON.stringify(told));
