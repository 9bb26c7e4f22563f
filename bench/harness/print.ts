/**
 * Reports as tables for people.
 */
import { type Metric, median, type Report, type Row, timesBetter } from './report.ts';

/** Prints a table: a row a variant, medians with the least and the most, and how many times better ours is. */
export function printReport(report: Report): void {
  const { title, metrics, rows, ours, targets, notes } = report;
  const baseline = rows.find(row => row.variant === ours);
  const hasRatio = baseline !== undefined && rows.length > 1;
  const head = ['', ...metrics.map(({ label }) => label), ...(hasRatio ? ['ours is better by'] : [])];
  const lines = rows.map(row => [
    row.variant,
    ...(row.missing === undefined
      ? metrics.map(metric => cell(metric, row))
      : [row.missing, ...metrics.slice(1).map(() => '')]),
    ...(hasRatio ? [ratioCell(metrics[0]!, baseline, row)] : []),
  ]);
  const widths = head.map((_, column) => Math.max(...[head, ...lines].map(line => line[column]!.length)));
  const show = (line: readonly string[]): string =>
    line
      .map((text, column) => (column === 0 ? text.padEnd(widths[0]!) : text.padStart(widths[column]!)))
      .join('   ')
      .trimEnd();
  console.log(`\n## ${title}\n`);
  console.log([head, ...lines].map(show).join('\n'));
  for (const { text, value, met } of targets) {
    console.log(`${met ? '✓ reached' : '✗ MISSED '}  ${text}: ${plain(value)}`);
  }
  for (const note of notes) console.log(`  ${note}`);
}

function cell({ key, digits }: Metric, { samples }: Row): string {
  const values = samples[key] ?? [];
  if (values.length === 0 || values.some(Number.isNaN)) return '–';
  const show = (value: number): string => fixed(value, digits);
  const middle = show(median(values));
  if (values.length === 1) return middle;
  return `${middle} (${show(Math.min(...values))}–${show(Math.max(...values))})`;
}

function ratioCell(metric: Metric, ours: Row, row: Row): string {
  if (row === ours || row.missing !== undefined) return '';
  const times = timesBetter(metric, ours, row);
  return Number.isNaN(times) ? '' : `${fixed(times, 2)} ×`;
}

function fixed(value: number, digits: number): string {
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function plain(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: value < 100 ? 2 : 0 });
}
