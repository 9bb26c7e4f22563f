/**
 * What the header row of a CSV file says of its columns.
 *
 * Wide: a time column and a column for each sensor, whose heading may end in a unit, `room (°C)` or
 * `room [°C]`. Long: a row for each reading with the columns `sensor`, `time` and `value`, and perhaps
 * `source` and `unit`; that is what `sensewire export --format csv` writes.
 */
import { SensorError } from '../errors/errors.ts';

/** One cell that may be a reading. */
export interface Cell {
  /** Tells sensors apart. */
  readonly key: string;
  readonly name: string;
  readonly unit: string;
  readonly text: string;
}

/** How to take a row apart. */
export interface CsvLayout {
  readonly kind: 'wide' | 'long';
  readonly columns: number;
  /** Undefined where the file has no times. */
  readonly timeColumn: number | undefined;
  cells(row: readonly string[]): Cell[];
}

const TIME_NAMES = ['time', 'timestamp', 'datetime', 'date'];
const HEADING = /^(.*?)\s*(?:\(([^()]*)\)|\[([^[\]]*)\])?$/;

/**
 * @param timeName the heading of the time column; empty for `time`, `timestamp`, `datetime` or `date`.
 * @throws SensorError where there is no column of that name, or none of values.
 */
export function csvLayout(header: readonly string[], timeName: string): CsvLayout {
  const headings = header.map(heading => heading.trim());
  const lower = headings.map(heading => heading.toLowerCase());
  const wanted = timeName === '' ? TIME_NAMES : [timeName.toLowerCase()];
  const timeColumn = wanted.map(name => lower.indexOf(name)).find(column => column !== -1);
  if (timeName !== '' && timeColumn === undefined) {
    throw new SensorError('SW_SENSOR_FAILED', `no column "${timeName}": there are ${headings.join(', ')}`);
  }
  const [sensor, value] = [lower.indexOf('sensor'), lower.indexOf('value')];
  const isLong = timeColumn !== undefined && sensor !== -1 && value !== -1;
  const columns = headings.length;
  if (isLong) return { kind: 'long', columns, timeColumn, cells: longCells(lower, sensor, value) };
  const fixed = headings.flatMap((heading, column) => {
    const match = HEADING.exec(heading);
    const [name, unit] = [match?.[1] ?? heading, match?.[2] ?? match?.[3] ?? ''];
    return column === timeColumn || heading === '' ? [] : [{ column, key: String(column), name, unit }];
  });
  if (fixed.length === 0)
    throw new SensorError('SW_SENSOR_FAILED', 'its header row names no column of values');
  return {
    kind: 'wide',
    columns,
    timeColumn,
    cells: row => fixed.map(({ column, ...cell }) => ({ ...cell, text: row[column] ?? '' })),
  };
}

/** A sensor name that a second source uses is told apart by that source's name in front. */
function longCells(lower: readonly string[], sensor: number, value: number): CsvLayout['cells'] {
  const [source, unit] = [lower.indexOf('source'), lower.indexOf('unit')];
  const ownerOf = new Map<string, string>();
  return row => {
    const [name, owner] = [row[sensor] ?? '', row[source] ?? ''];
    if (!ownerOf.has(name) && ownerOf.size < MOST_OWNERS) ownerOf.set(name, owner);
    const isFirst = (ownerOf.get(name) ?? owner) === owner;
    const ownName = isFirst ? name : `${owner}/${name}`;
    return [{ key: ownName, name: ownName, unit: row[unit] ?? '', text: row[value] ?? '' }];
  };
}

/** More names than a source may have sensors; beyond them rows are refused anyway. */
const MOST_OWNERS = 2_000;
