/**
 * Simulations of reliable UDP for as long as you like: `npm run sim -- --seeds 100000`, or one of them told packet by
 * packet: `npm run sim -- --seed 17 --trace`.
 */
import { parseArgs } from 'node:util';
import { LINK_KINDS } from '../../src/testing/rudp-links.ts';
import { type Outcome, runScenario } from '../../src/testing/rudp-scenario.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '10000' },
    from: { type: 'string', default: '0' },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
  },
});
const only = values.seed ?? process.env['SEED'];
const from = Number(only ?? values.from);
const count = only === undefined ? Number(values.seeds) : 1;
if (!Number.isSafeInteger(from) || !Number.isSafeInteger(count) || count < 1) {
  console.error('usage: npm run sim -- [--seeds N] [--from SEED] [--seed SEED [--trace]]');
  process.exit(2);
}

const trace = values.trace
  ? (line: string): void => {
      console.log(line);
    }
  : undefined;
let [messages, datagrams, simulatedUs, failed] = [0, 0, 0, 0];
const startMs = performance.now();
let toldMs = startMs;
for (let seed = from; seed < from + count; seed++) {
  try {
    add(runScenario(seed, trace));
  } catch (error) {
    failed++;
    console.log(error instanceof Error ? error.message : error);
  }
  if (performance.now() - toldMs > 10_000) {
    toldMs = performance.now();
    console.error(summary(seed + 1 - from));
  }
}
console.log(summary(count));
process.exitCode = failed === 0 ? 0 : 1;

function add(outcome: Outcome): void {
  messages += outcome.messages;
  datagrams += outcome.datagrams;
  simulatedUs += outcome.simulatedUs;
  if (only !== undefined) console.log(outcome);
}

function summary(seeds: number): string {
  const seconds = (performance.now() - startMs) / 1_000;
  const hours = simulatedUs / 3_600e6;
  return `${seeds} conversations over ${LINK_KINDS.length} kinds of links, ${messages} messages in ${datagrams} datagrams, ${hours.toFixed(1)} hours simulated in ${seconds.toFixed(1)} s, ${failed} failed`;
}
