// How a walk talks with the test that started it: a line of JSON each way.
import { createInterface } from "node:readline";

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

export const heard = async () => JSON.parse((await lines.next()).value);

export const say = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);

// What only the other side can do.
export const ask = async (what) => {
  say(what);
  return heard();
};

export function must(holds, what) {
  if (!holds) throw new Error(what);
}
