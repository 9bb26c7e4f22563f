/**
 * Every frame of captures that nobody here made, from the file to the printed row, against tshark 4.0.17: all fields.
 * What remains different is in docs/TSHARK-DIFFERENCES.md and below, frame by frame.
 *
 * The captures are not part of the project; they lie beside it where it is developed.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { FieldsPrinter } from '../src/analysis/fields-printer.ts';
import { Pipeline } from '../src/analysis/pipeline.ts';
import { CaptureDecoder } from '../src/pcap/capture-decoder.ts';

const CORPUS = resolve(import.meta.dirname, '../../shared/corpus');
/** Decoders are given the file in pieces, of a size that fits nothing. */
const PIECE_BYTES = 4_099;

/** `FILE frame N: FIELD`. */
const KNOWN_DIFFERENCES: readonly string[] = [];

function printed(path: string, names: readonly string[]): string[] {
  const pieces: Buffer[] = [];
  const printer = new FieldsPrinter(names, text => pieces.push(Buffer.from(text)));
  const decoder = new CaptureDecoder(new Pipeline(printer, { wireshark: '4.0' }));
  const file = readFileSync(path);
  for (let at = 0; at < file.length; at += PIECE_BYTES) decoder.push(file.subarray(at, at + PIECE_BYTES));
  decoder.end();
  printer.flush();
  return linesOf(Buffer.concat(pieces));
}

function linesOf(text: Buffer): string[] {
  return text.toString('latin1').replace(/\n$/, '').split('\n');
}

function differences(name: string): string[] {
  const names = readFileSync(resolve(CORPUS, 'columns.txt'), 'utf8').trim().split('\n');
  const text = gunzipSync(readFileSync(resolve(CORPUS, 'expected', `${name}.tsv.gz`)));
  // Of a file that it refuses, tshark does not even print the head.
  const expected = text.length === 0 ? [names.join('\t')] : linesOf(text);
  const rows = printed(resolve(CORPUS, 'files', name), names);
  if (rows.length !== expected.length) return [`${name}: ${rows.length} rows, not ${expected.length}`];
  return rows.flatMap((row, index) => {
    if (row === expected[index]) return [];
    const wanted = (expected[index] as string).split('\t');
    const different = row
      .split('\t')
      .flatMap((cell, column) => (cell === wanted[column] ? [] : [names[column]]));
    return different.map(field => `${name} frame ${index}: ${field}`);
  });
}

describe.skipIf(!existsSync(CORPUS))('the corpus', () => {
  test('is printed as tshark prints it', () => {
    const files = readdirSync(resolve(CORPUS, 'files'));
    expect(files.length).toBeGreaterThan(200);
    expect(files.flatMap(differences)).toEqual(KNOWN_DIFFERENCES);
  });
});
