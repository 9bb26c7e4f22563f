/**
 * What packing and unpacking one struct costs, in nanoseconds of wall-clock time.
 *
 * Compared, in interleaved rounds of one process: `sensewire/struct` (a `Struct`), `DataView` code written by
 * hand for the format as a function with the same arguments and result, npm's `python-struct` where it is
 * installed, and CPython (its own process, `timeit`, in every round). *Hoisted* is the strictest reading of
 * hand-written: the same `DataView` code with one view, made before the loop and always over the same buffer,
 * without a check of values. A `pack` cannot hoist its view, since each result is a new array.
 *
 * Medians of all rounds and the interquartile range; the ratios are the hand-written times over ours, so above
 * 1 we are faster. Run alone: `node bench/struct.ts [rounds]`.
 */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Struct } from '../src/struct/index.ts';

/** One row of the table. */
export interface BenchResult {
  /** What was done, such as `unpack =iif`. */
  readonly name: string;
  /** Who did it. */
  readonly variant: string;
  /** Median nanoseconds of one operation. */
  readonly medianNs: number;
  /** Distance between the quartiles, in nanoseconds. */
  readonly spreadNs: number;
}

type Row = readonly (number | bigint)[];

/** One format, its values, and the code that someone would write by hand for it. */
interface Case {
  readonly format: string;
  readonly values: Row;
  readonly read: (view: DataView) => Row;
  readonly write: (view: DataView) => void;
  /** Our calls, with arguments as a program writes them: spreading an array costs more than packing it. */
  readonly pack: (struct: Struct) => Uint8Array;
  readonly packInto: (struct: Struct, bytes: Uint8Array) => void;
}

/** Ties the values to the code that writes them, so that it needs no conversions. */
function caseOf<const Values extends Row>(
  format: string,
  values: Values,
  read: (view: DataView) => Row,
  write: (view: DataView, values: Values) => void,
  pack: (struct: Struct, values: Values) => Uint8Array,
  packInto: (struct: Struct, bytes: Uint8Array, values: Values) => void,
): Case {
  return {
    format,
    values,
    read,
    write: view => write(view, values),
    pack: struct => pack(struct, values),
    packInto: (struct, bytes) => packInto(struct, bytes, values),
  };
}

const cases: readonly Case[] = [
  caseOf(
    '=iif',
    [1_000_000, -2, 21.5],
    view => [view.getInt32(0, true), view.getInt32(4, true), view.getFloat32(8, true)],
    (view, values) => {
      view.setInt32(0, values[0], true);
      view.setInt32(4, values[1], true);
      view.setFloat32(8, values[2], true);
    },
    (struct, v) => struct.pack(v[0], v[1], v[2]),
    (struct, bytes, v) => struct.packInto(bytes, 0, v[0], v[1], v[2]),
  ),
  caseOf(
    '<Ihf',
    [7, -40, 21.5],
    view => [view.getUint32(0, true), view.getInt16(4, true), view.getFloat32(6, true)],
    (view, values) => {
      view.setUint32(0, values[0], true);
      view.setInt16(4, values[1], true);
      view.setFloat32(6, values[2], true);
    },
    (struct, v) => struct.pack(v[0], v[1], v[2]),
    (struct, bytes, v) => struct.packInto(bytes, 0, v[0], v[1], v[2]),
  ),
  caseOf(
    '>HHIQ',
    [1, 2, 3_000_000_000, 4n],
    view => [view.getUint16(0), view.getUint16(2), view.getUint32(4), view.getBigUint64(8)],
    (view, values) => {
      view.setUint16(0, values[0]);
      view.setUint16(2, values[1]);
      view.setUint32(4, values[2]);
      view.setBigUint64(8, values[3]);
    },
    (struct, v) => struct.pack(v[0], v[1], v[2], v[3]),
    (struct, bytes, v) => struct.packInto(bytes, 0, v[0], v[1], v[2], v[3]),
  ),
  caseOf(
    '<IId',
    [1, 2, 21.51],
    view => [view.getUint32(0, true), view.getUint32(4, true), view.getFloat64(8, true)],
    (view, values) => {
      view.setUint32(0, values[0], true);
      view.setUint32(4, values[1], true);
      view.setFloat64(8, values[2], true);
    },
    (struct, v) => struct.pack(v[0], v[1], v[2]),
    (struct, bytes, v) => struct.packInto(bytes, 0, v[0], v[1], v[2]),
  ),
  caseOf(
    '=100xh',
    [-5],
    view => [view.getInt16(100, true)],
    (view, values) => view.setInt16(100, values[0], true),
    (struct, v) => struct.pack(v[0]),
    (struct, bytes, v) => struct.packInto(bytes, 0, v[0]),
  ),
  caseOf(
    '<8f',
    [0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5],
    view => [
      view.getFloat32(0, true),
      view.getFloat32(4, true),
      view.getFloat32(8, true),
      view.getFloat32(12, true),
      view.getFloat32(16, true),
      view.getFloat32(20, true),
      view.getFloat32(24, true),
      view.getFloat32(28, true),
    ],
    (view, values) => {
      for (let i = 0; i < 8; i++) view.setFloat32(4 * i, values[i]!, true);
    },
    (struct, v) => struct.pack(v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7]),
    (struct, bytes, v) => struct.packInto(bytes, 0, v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7]),
  ),
  caseOf(
    '<d',
    [21.51],
    view => [view.getFloat64(0, true)],
    (view, values) => view.setFloat64(0, values[0], true),
    (struct, v) => struct.pack(v[0]),
    (struct, bytes, v) => struct.packInto(bytes, 0, v[0]),
  ),
  caseOf(
    '!BBHHH',
    [0x45, 0, 1500, 7, 0x4000],
    view => [view.getUint8(0), view.getUint8(1), view.getUint16(2), view.getUint16(4), view.getUint16(6)],
    (view, values) => {
      view.setUint8(0, values[0]);
      view.setUint8(1, values[1]);
      view.setUint16(2, values[2]);
      view.setUint16(4, values[3]);
      view.setUint16(6, values[4]);
    },
    (struct, v) => struct.pack(v[0], v[1], v[2], v[3], v[4]),
    (struct, bytes, v) => struct.packInto(bytes, 0, v[0], v[1], v[2], v[3], v[4]),
  ),
];

const OPERATIONS_PER_ROUND = 20_000;
/** V8 optimises the shared loops again for each format it meets; this many rounds until that has settled. */
const WARM_UP_ROUNDS = 25;
const DEFAULT_ROUNDS = 15;
/** Buffers are taken in turn, as they come from a socket, so that no view of the last one can be reused. A power of two. */
const BUFFERS = 64;

/** Measures everything; `rounds` is how many times each variant takes its turn (at least 1). */
export async function run(rounds: number = DEFAULT_ROUNDS): Promise<BenchResult[]> {
  const theirs = loadPythonStruct();
  const tasks = [...cases.flatMap(one => tasksOf(one, theirs)), emptyTask];
  const samples = tasks.map((): number[] => []);
  for (let round = -WARM_UP_ROUNDS; round < rounds; round++) {
    tasks.forEach((task, i) => {
      if (round < 0 && task.variant === 'CPython') return;
      const ns = task.measure();
      if (round >= 0) samples[i]!.push(ns);
    });
  }
  return tasks.map(({ name, variant }, i) => ({ name, variant, ...summary(samples[i]!) }));
}

interface Task {
  readonly name: string;
  readonly variant: string;
  /** Nanoseconds of one operation; NaN where it cannot be measured. */
  readonly measure: () => number;
}

function tasksOf(
  { format, values, read, write, pack, packInto }: Case,
  theirs: PythonStruct | undefined,
): Task[] {
  const struct = new Struct<string>(format);
  const packed = struct.pack(...values);
  const chunk = new Uint8Array(BUFFERS * packed.length);
  const buffers = Array.from({ length: BUFFERS }, (_, i) =>
    chunk.subarray(i * packed.length, (i + 1) * packed.length),
  );
  for (const buffer of buffers) buffer.set(packed);
  const view = viewOf(buffers[0]!);
  const rows = buffers.map(() => values);
  const task = <Input>(
    name: string,
    variant: string,
    inputs: readonly Input[],
    action: (input: Input) => unknown,
  ) => ({
    name: `${name} ${format}`,
    variant,
    measure: () => timed(inputs, action),
  });
  const pythonValues = `(${values.join(',')},)`;
  const tasks = [
    task('unpack', 'sensewire', buffers, bytes => struct.unpack(bytes)),
    task('unpack', 'DataView', buffers, bytes => read(viewOf(bytes))),
    task('unpack', 'hoisted', buffers, () => read(view)),
    pythonTask(`unpack ${format}`, format, pythonValues, 's.unpack(b)'),
    task('pack', 'sensewire', rows, () => pack(struct)),
    task('pack', 'DataView', rows, () => {
      const bytes = new Uint8Array(packed.length);
      write(viewOf(bytes));
      return bytes;
    }),
    pythonTask(`pack ${format}`, format, pythonValues, 's.pack(*v)'),
    task('packInto', 'sensewire', buffers, bytes => packInto(struct, bytes)),
    task('packInto', 'DataView', buffers, bytes => write(viewOf(bytes))),
    task('packInto', 'hoisted', buffers, () => write(view)),
    pythonTask(`packInto ${format}`, format, pythonValues, 's.pack_into(a, 0, *v)'),
  ];
  if (theirs !== undefined) {
    const nodeBuffers = buffers.map(bytes => Buffer.from(bytes));
    tasks.push(task('unpack', 'python-struct', nodeBuffers, bytes => theirs.unpack(format, bytes)));
    tasks.push(task('pack', 'python-struct', rows, () => theirs.pack(format, ...values.map(Number))));
  }
  return tasks;
}

/** The loop and the call, which are part of every figure but CPython's. */
const emptyTask: Task = {
  name: 'nothing',
  variant: 'harness',
  measure: () => timed(new Array(BUFFERS).fill(0), input => input),
};

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Where results go, so that no work can be optimised away. */
let sink: unknown;

function timed<Input>(inputs: readonly Input[], action: (input: Input) => unknown): number {
  const start = process.hrtime.bigint();
  for (let i = 0; i < OPERATIONS_PER_ROUND; i++) sink = action(inputs[i & (BUFFERS - 1)]!);
  return Number(process.hrtime.bigint() - start) / OPERATIONS_PER_ROUND;
}

function pythonTask(name: string, format: string, values: string, statement: string): Task {
  const setup = `import struct; s = struct.Struct(${JSON.stringify(format)}); v = ${values}; b = s.pack(*v); a = bytearray(b)`;
  const script = `import timeit; print(min(timeit.repeat(${JSON.stringify(statement)}, ${JSON.stringify(setup)}, number=${OPERATIONS_PER_ROUND}, repeat=3)))`;
  const measure = (): number => {
    const { error, status, stdout } = spawnSync('python3', ['-c', script], { encoding: 'utf8' });
    return error !== undefined || status !== 0 ? NaN : (Number(stdout) * 1e9) / OPERATIONS_PER_ROUND;
  };
  return { name, variant: 'CPython', measure };
}

interface PythonStruct {
  pack(format: string, ...values: readonly unknown[]): Uint8Array;
  unpack(format: string, bytes: Uint8Array): unknown;
}

/** Not a dependency: measured where `npm ci --prefix bench/peers` has installed it. */
function loadPythonStruct(): PythonStruct | undefined {
  try {
    return createRequire(new URL('./peers/', import.meta.url))('python-struct') as PythonStruct;
  } catch {
    return undefined;
  }
}

function summary(samples: readonly number[]): { medianNs: number; spreadNs: number } {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))]!;
  return { medianNs: at(0.5), spreadNs: at(0.75) - at(0.25) };
}

function print(results: readonly BenchResult[]): void {
  const variants = ['sensewire', 'DataView', 'hoisted', 'python-struct', 'CPython'];
  console.log(
    [
      'ns, median (quartile range)'.padEnd(28),
      ...variants.map(v => v.padStart(16)),
      '  DataView/ours',
      '  hoisted/ours',
    ].join(''),
  );
  for (const name of new Set(results.map(result => result.name))) {
    if (name === 'nothing') continue;
    const find = (variant: string) =>
      results.find(result => result.name === name && result.variant === variant);
    const cells = variants.map(variant => {
      const cell = find(variant);
      const isMissing = cell === undefined || Number.isNaN(cell.medianNs);
      return (isMissing ? '-' : `${cell.medianNs.toFixed(0)} (${cell.spreadNs.toFixed(0)})`).padStart(16);
    });
    const ratios = ['DataView', 'hoisted'].map(variant => {
      const theirs = find(variant);
      return theirs === undefined ? '-' : (theirs.medianNs / find('sensewire')!.medianNs).toFixed(2);
    });
    console.log([name.padEnd(28), ...cells, ratios[0]!.padStart(15), ratios[1]!.padStart(14)].join(''));
  }
  const harness = results.find(result => result.variant === 'harness')!;
  console.log(`each figure in JavaScript includes about ${harness.medianNs.toFixed(0)} ns of loop and call`);
  if (!results.some(result => result.variant === 'python-struct')) {
    console.log('python-struct is missing: npm ci --prefix bench/peers');
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  print(await run(Number(process.argv[2] ?? DEFAULT_ROUNDS)));
void sink;
