/**
 * Reliable UDP on bad links, beside the kernel's TCP: every row of the table of docs/performance.md, each with its bars.
 *
 *     npm run bench:rudp -- [WORDS...] [--quick] [--seed N] [--only-ours] [--json FILE] [--list]
 *
 * W1 and W2 are thin streams, W3 bulk, W4 a shared link; then the bytes of one message, and what processor and simulator
 * allow. Words choose rows that have all of them, commas mean "or": `W1,W2 5%`. Links are emulated between two network
 * namespaces by `linkem.c`, and TCP's thin stream is `tcp_w1.py`: no part of this project, `--emulator FILE` and
 * `--tcp FILE` name them (default: ../shared/tools). Needs root, a C compiler, python3 and ip; all rows take some 20 minutes.
 * The exit code is 3 where a bar is missed, 1 where something could not be measured.
 */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { machine } from './harness/machine.ts';
import { printReport } from './harness/print.ts';
import type { Report } from './harness/report.ts';
import { ROOT, Workbench } from './harness/workbench.ts';
import { BULK } from './rudp/bulk.ts';
import { Emulator } from './rudp/emulator.ts';
import { HANDSHAKE } from './rudp/handshake.ts';
import { PROCESSOR } from './rudp/processor.ts';
import type { BenchRow, Setting } from './rudp/row.ts';
import { SHARING } from './rudp/sharing.ts';
import { SIMULATION } from './rudp/simulation.ts';
import { THIN_STREAMS } from './rudp/thin-streams.ts';

const ROWS: readonly BenchRow[] = [
  ...THIN_STREAMS,
  ...BULK,
  ...SHARING,
  ...HANDSHAKE,
  ...PROCESSOR,
  ...SIMULATION,
];
const USAGE = 2;
const FAILED = 1;
/** As of data checks elsewhere in sensewire. */
const TARGET_MISSED = 3;

interface Result {
  readonly name: string;
  readonly seconds: number;
  readonly report?: Report;
  /** Why there is none. */
  readonly failure?: string;
}

function usage(message: string): never {
  console.error(message);
  process.exit(USAGE);
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        quick: { type: 'boolean', default: false },
        seed: { type: 'string', default: '3' },
        'only-ours': { type: 'boolean', default: false },
        json: { type: 'string' },
        list: { type: 'boolean', default: false },
        emulator: { type: 'string', default: resolve(ROOT, '../shared/tools/linkem.c') },
        tcp: { type: 'string', default: resolve(ROOT, '../shared/tools/tcp_w1.py') },
      },
    });
  } catch (error) {
    return usage(error instanceof Error ? error.message : String(error));
  }
}

/** Rows whose names have each of the words, or one of its alternatives. */
function chosenRows(words: readonly string[]): readonly BenchRow[] {
  const rows = ROWS.filter(({ name }) =>
    words.every(word => word.split(',').some(part => name.split(' ').includes(part))),
  );
  if (rows.length === 0) usage(`no row has "${words.join(' ')}": --list prints their names`);
  return rows;
}

async function measureRow({ name, measure }: BenchRow, setting: Omit<Setting, 'workbench'>): Promise<Result> {
  const startMs = performance.now();
  const seconds = (): number => Math.round((performance.now() - startMs) / 1_000);
  // Captures are large: they go with their row.
  await using workbench = new Workbench();
  const endLine = startLine(`${name} …`);
  try {
    const report = await measure({ ...setting, workbench });
    endLine();
    printReport(report);
    return { name, seconds: seconds(), report };
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error);
    endLine();
    console.log(`\n## ${name}\n\n✗ FAILED  ${failure}`);
    return { name, seconds: seconds(), failure };
  }
}

/** What is going on, for who watches; gives the function that takes it away. */
function startLine(text: string): () => void {
  if (!process.stderr.isTTY) return () => undefined;
  process.stderr.write(text);
  return () => process.stderr.write('\r\x1b[K');
}

/** Prints what was missed once more; gives the exit code. */
function conclude(results: readonly Result[]): number {
  const targets = results.flatMap(({ name, report }) =>
    (report?.targets ?? []).map(one => ({ name, ...one })),
  );
  const missed = targets.filter(({ met }) => !met);
  console.log(`\n${targets.length - missed.length} of ${targets.length} bars reached`);
  for (const { name, text, value } of missed)
    console.log(`✗ MISSED  ${name}: ${text}: ${value.toLocaleString('en', { maximumFractionDigits: 2 })}`);
  const failed = results.filter(({ failure }) => failure !== undefined);
  for (const { name } of failed) console.log(`✗ FAILED  ${name}`);
  return failed.length > 0 ? FAILED : missed.length > 0 ? TARGET_MISSED : 0;
}

const { values, positionals } = readArguments();
const rows = chosenRows(positionals);
const seed = Number(values.seed);
if (!Number.isSafeInteger(seed) || seed < 0) usage(`--seed takes a whole number, not ${values.seed}`);
if (values.list) {
  for (const { name } of rows) console.log(name);
} else {
  await using workbench = new Workbench();
  const here = machine();
  console.log(Object.values(here).join(' · '));
  const options = { seed, quick: values.quick, hasOthers: !values['only-ours'] };
  const emulator = new Emulator(workbench, values.emulator);
  const results: Result[] = [];
  for (const row of rows)
    results.push(await measureRow(row, { ...options, emulator, tcpProgram: values.tcp }));
  process.exitCode = conclude(results);
  if (values.json !== undefined) {
    const document = {
      schema: 'sensewire.bench/1',
      ended: new Date().toISOString(),
      machine: here,
      options,
      results,
    };
    writeFileSync(values.json, `${JSON.stringify(document, null, 2)}\n`);
  }
}
