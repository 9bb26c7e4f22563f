/**
 * Runs the benchmarks, or the ones that are named, prints their tables, and writes all samples with `--json FILE`.
 *
 *     npm run bench -- [NAMES...] [--rounds N] [--quick] [--json FILE]
 *
 * Names: end-to-end, latency, wire-bytes, many-senders, start-up, sockets, analysis, capture, struct, stores. Without `--quick`
 * all of them take some fifteen minutes. What they compare with: `npm ci --prefix bench/peers`, and Debian's mosquitto,
 * victoria-metrics, tcpdump, tshark, tcptrace, python3 and gcc; what is not installed is printed as that. All traffic stays on
 * loopback; wire-bytes and capture need root to capture it.
 * A target that is missed is marked in the tables and makes the exit code 3.
 */
import { writeFileSync } from 'node:fs';
import { run as analysis } from './analysis.ts';
import { run as capture } from './capture.ts';
import { run as endToEnd } from './end-to-end.ts';
import { benchArguments } from './harness/command-line.ts';
import { storesReport, structReport } from './harness/in-process.ts';
import { machine } from './harness/machine.ts';
import { printReport } from './harness/print.ts';
import type { BenchOptions, Report } from './harness/report.ts';
import { run as latency } from './latency.ts';
import { run as manySenders } from './many-senders.ts';
import { run as sockets } from './sockets.ts';
import { run as startUp } from './start-up.ts';
import { run as wireBytes } from './wire-bytes.ts';

const BENCHES: Readonly<Record<string, (options: BenchOptions) => Promise<readonly Report[]>>> = {
  'end-to-end': endToEnd,
  latency,
  'wire-bytes': wireBytes,
  'many-senders': manySenders,
  'start-up': startUp,
  sockets,
  analysis,
  capture,
  struct: structReport,
  stores: storesReport,
};
/** As of data checks elsewhere in sensewire. */
const TARGET_MISSED = 3;

const { names, json, ...options } = benchArguments();
const wanted = names.length > 0 ? names : Object.keys(BENCHES);
const unknown = wanted.find(name => !Object.hasOwn(BENCHES, name));
if (unknown !== undefined) {
  console.error(`there is no benchmark "${unknown}": take ${Object.keys(BENCHES).join(', ')}`);
  process.exit(2);
}

const here = machine();
console.log(Object.values(here).join(' · '));
const results: { bench: string; seconds: number; reports: readonly Report[] }[] = [];
for (const name of wanted) {
  const startMs = performance.now();
  const reports = await BENCHES[name]!(options);
  for (const report of reports) printReport(report);
  results.push({ bench: name, seconds: Math.round((performance.now() - startMs) / 1_000), reports });
}

const targets = results.flatMap(({ reports }) => reports.flatMap(report => report.targets));
const missed = targets.filter(({ met }) => !met).length;
console.log(`\n${targets.length - missed} of ${targets.length} targets reached`);
if (json !== undefined) {
  const document = {
    schema: 'sensewire.bench/1',
    ended: new Date().toISOString(),
    machine: here,
    options,
    results,
  };
  writeFileSync(json, `${JSON.stringify(document, null, 2)}\n`);
}
if (missed > 0) process.exitCode = TARGET_MISSED;
