/**
 * The benchmarks of single parts, `bench/struct.ts` and `bench/stores.ts`, as reports like those of whole systems.
 */
import { run as runStores, type StoreFigures } from '../stores.ts';
import { run as runStruct } from '../struct.ts';
import { missingPackage } from './programs.ts';
import { type BenchOptions, type Metric, type Report, type Row, target } from './report.ts';

const STRUCT_VARIANTS = ['sensewire', 'DataView', 'hoisted', 'python-struct', 'CPython'] as const;
const QUICK_STRUCT_ROUNDS = 3;
const LEAST_RATIO = 0.7;
const READINGS = 10_000_000;
const MOST_REDUCE_MS = 300;
const QUICK_READINGS = 500_000;

/** Nanoseconds of one operation. */
export async function structReport({ rounds, quick }: BenchOptions): Promise<Report[]> {
  const results = await runStruct(rounds ?? (quick ? QUICK_STRUCT_ROUNDS : undefined));
  const names = [...new Set(results.map(({ name }) => name))].filter(name => name !== 'nothing');
  const rows = names.map((name): Row => {
    const ns = (variant: string): number =>
      results.find(result => result.name === name && result.variant === variant)?.medianNs ?? Number.NaN;
    const figures = STRUCT_VARIANTS.map(variant => [variant, [ns(variant)]] as const);
    return {
      variant: name,
      samples: { ...Object.fromEntries(figures), ratio: [ns('DataView') / ns('sensewire')] },
    };
  });
  const metrics = [
    ...STRUCT_VARIANTS.map((key): Metric => ({ key, label: `${key} ns`, better: 'less', digits: 0 })),
    { key: 'ratio', label: 'DataView ÷ ours', better: 'more', digits: 2 } as const,
  ];
  const hasPythonStruct = results.some(({ variant }) => variant === 'python-struct');
  const missing = missingPackage('python-struct');
  const note = `python-struct is ${missing ?? 'installed, and bench/struct.ts does not find it'}`;
  const title = 'Packing and unpacking: nanoseconds of one operation (medians)';
  const targets = [
    ...target(
      'slowest against a function of the same signature',
      slowest(rows, 'DataView'),
      '≥',
      LEAST_RATIO,
    ),
    ...target(
      'slowest unpack against one view outside the loop',
      slowest(unpacks(rows), 'hoisted'),
      '≥',
      LEAST_RATIO,
    ),
  ];
  return [{ title, metrics, rows, targets, notes: hasPythonStruct ? [] : [note] }];
}

function unpacks(rows: readonly Row[]): Row[] {
  return rows.filter(({ variant }) => variant.startsWith('unpack'));
}

/** The least ratio of a variant's time to ours. */
function slowest(rows: readonly Row[], variant: string): number {
  const ratios = rows.map(({ samples }) => Number(samples[variant]?.[0]) / Number(samples['sensewire']?.[0]));
  return Math.min(...ratios);
}

const STORE_METRICS: readonly (Metric & { readonly key: keyof StoreFigures })[] = [
  { key: 'inHundreds', label: 'readings/s by 100', better: 'more', digits: 0 },
  { key: 'oneByOne', label: 'by 1', better: 'more', digits: 0 },
  { key: 'idleP50Ms', label: 'idle p50 ms', better: 'less', digits: 2 },
  { key: 'idleP99Ms', label: 'p99 ms', better: 'less', digits: 2 },
  { key: 'bytesAReading', label: 'B/reading', better: 'less', digits: 2 },
  { key: 'reduceMs', label: 'reduce ms', better: 'less', digits: 1 },
];

/** Readings a second into each store. */
export async function storesReport({ quick }: BenchOptions): Promise<Report[]> {
  const figures = await runStores(quick ? QUICK_READINGS : READINGS);
  const rows = figures.map(
    (each): Row => ({
      variant: `${each.store}, ${each.readings.toLocaleString('en')} readings`,
      samples: Object.fromEntries(
        STORE_METRICS.flatMap(({ key }) => (each[key] === undefined ? [] : [[key, [Number(each[key])]]])),
      ),
    }),
  );
  const title = 'Stores: durable appends, and reducing everything to 1,000 buckets';
  const ours = rows.find(({ variant }) => variant.startsWith('sqlite'))?.variant;
  const reduceMs = figures.find(({ store }) => store === 'sqlite')?.reduceMs ?? Number.NaN;
  const targets = quick
    ? []
    : target('10 million readings to 1,000 buckets, ms', reduceMs, '<', MOST_REDUCE_MS);
  return [{ title, metrics: STORE_METRICS, rows, ...(ours !== undefined && { ours }), targets, notes: [] }];
}
