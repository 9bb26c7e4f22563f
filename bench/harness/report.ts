/**
 * What every benchmark gives: variants that were measured in turn, and targets that they are held against.
 */

/** Something measured. The first metric of a report is the one that ratios are about. */
export interface Metric {
  readonly key: string;
  /** With its unit, such as `p50 ms`. */
  readonly label: string;
  readonly better: 'more' | 'less';
  /** Digits after the point. */
  readonly digits: number;
}

/** One thing measured, with a sample of each metric for each round. */
export interface Row {
  readonly variant: string;
  readonly samples: Readonly<Record<string, readonly number[]>>;
  /** Why there are no samples, such as a program that is not installed. */
  readonly missing?: string;
}

export interface Target {
  readonly text: string;
  readonly value: number;
  readonly met: boolean;
}

export interface Report {
  readonly title: string;
  readonly metrics: readonly Metric[];
  readonly rows: readonly Row[];
  /** The variant that the others are compared with; none where a comparison says nothing. */
  readonly ours?: string;
  readonly targets: readonly Target[];
  readonly notes: readonly string[];
}

/** How long and how often to measure. */
export interface BenchOptions {
  /** How often each variant takes its turn. Undefined: what the benchmark finds enough. */
  readonly rounds?: number;
  /** Everything once and short: shows that it works, not how fast. */
  readonly quick: boolean;
}

/** One thing to measure. */
export interface Variant {
  readonly name: string;
  /** Set where it cannot be measured here, and says what to install. */
  readonly missing?: string | undefined;
  /** Measures once, everything anew. */
  readonly measure: () => Promise<Readonly<Record<string, number>>>;
}

/** Lets the variants take turns, so that what disturbs this machine disturbs all of them. */
export async function interleave(variants: readonly Variant[], rounds: number): Promise<Row[]> {
  const samples = variants.map((): Record<string, number[]> => ({}));
  for (let round = 0; round < rounds; round++) {
    for (const [index, { missing, measure }] of variants.entries()) {
      if (missing !== undefined) continue;
      for (const [key, value] of Object.entries(await measure())) {
        samples[index]![key] ??= [];
        samples[index]![key].push(value);
      }
    }
  }
  return variants.map(({ name, missing }, index) => ({
    variant: name,
    samples: samples[index]!,
    ...(missing !== undefined && { missing }),
  }));
}

/** The middle value; NaN of nothing. */
export function median(samples: readonly number[]): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** How many times better `ours` is: the median of the ratios of each round, since a round shares its disturbances. */
export function timesBetter(metric: Metric, ours: Row, other: Row): number {
  const [mine, theirs] = [ours.samples[metric.key] ?? [], other.samples[metric.key] ?? []];
  const rounds = Math.min(mine.length, theirs.length);
  const ratios = Array.from({ length: rounds }, (_, round) =>
    metric.better === 'more' ? mine[round]! / theirs[round]! : theirs[round]! / mine[round]!,
  );
  return median(ratios);
}

/** A target of at least, or at most, so much; none where nothing was measured. */
export function target(text: string, value: number, relation: '≥' | '≤' | '<', limit: number): Target[] {
  if (Number.isNaN(value)) return [];
  const met = relation === '≥' ? value >= limit : relation === '≤' ? value <= limit : value < limit;
  return [{ text: `${text} ${relation} ${limit.toLocaleString('en')}`, value, met }];
}

/** The row of a variant. */
export function rowOf(rows: readonly Row[], variant: string): Row {
  const found = rows.find(row => row.variant === variant);
  if (found === undefined) throw new Error(`nothing was measured as "${variant}"`);
  return found;
}

/** One metric of one variant in each round. */
export function samplesOf(rows: readonly Row[], variant: string, key: string): readonly number[] {
  return rowOf(rows, variant).samples[key] ?? [];
}

/** The median of one metric of one variant; NaN where it is missing. */
export function medianOf(rows: readonly Row[], variant: string, key: string): number {
  return median(samplesOf(rows, variant, key));
}
