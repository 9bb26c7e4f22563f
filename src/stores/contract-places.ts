/**
 * Places for the contract suite: folders of their own, and what each kind of store shows of a reading.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { renderValue, type StorePlace, type StoreTraits } from './contract.ts';
import { TEXT_FORMAT } from './format/text.ts';
import { openReader, openStore } from './open.ts';
import type { StoredReading } from './reader.ts';

/** A new folder for one test. */
export function makeFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'sensewire-stores-'));
}

/** The traits of a store that a file keeps. */
export function fileTraits(kind: 'text' | 'csv' | 'jsonl' | 'sqlite'): StoreTraits {
  return { name: kind, isDurable: true, makePlace: () => makePlace(kind) };
}

async function makePlace(kind: 'text' | 'csv' | 'jsonl' | 'sqlite'): Promise<StorePlace> {
  const folder = await makeFolder();
  const path = join(folder, 'readings');
  const spec = `${kind}:${path}`;
  const render = kind === 'text' ? renderLine : kind === 'sqlite' ? renderAll : renderShown;
  return {
    open: () => openStore(spec),
    render,
    stored: () => (kind === 'text' ? readLines(path) : readAll(spec, render)),
    remove: () => rm(folder, { recursive: true }),
  };
}

/** Everything that a spec's reader gives, as texts. */
export async function readAll(
  spec: string,
  render: (reading: StoredReading) => string = renderAll,
): Promise<string[]> {
  await using reader = await openReader(spec);
  const texts: string[] = [];
  for await (const piece of reader.readings()) for (const reading of piece) texts.push(render(reading));
  return texts;
}

async function readLines(path: string): Promise<string[]> {
  return (await readFile(path, 'utf8')).split('\n').slice(0, -1);
}

function renderAll({ source, sensor, timeUs, value }: StoredReading): string {
  const { name, unit, type, scale, offset, rateHz } = sensor;
  return JSON.stringify([source, name, unit, type, scale, offset, rateHz, timeUs, renderValue(value)]);
}

/** CSV and JSON lines keep what people see: no type, scale or rate. */
function renderShown({ source, sensor, timeUs, value }: StoredReading): string {
  return JSON.stringify([source, sensor.name, sensor.unit, timeUs, renderValue(value)]);
}

function renderLine({ source, sensor, timeUs, value }: StoredReading): string {
  return TEXT_FORMAT.lineWriter(source, sensor)(timeUs, value).slice(0, -1);
}
