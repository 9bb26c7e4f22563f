/** Evidence that payload can be read: findings in the pieces that were kept, with their places in the frames. */

import { isText, printableShare, textRuns } from './readable-text.ts';
import { findReadable } from './readable-values.ts';
import type { Evidence, EvidenceKind } from './safety.ts';
import type { SamplePiece } from './safety-sample.ts';
import type { ReadingExample } from './telemetry-decode-session.ts';

/** Characters of one item that are shown: a line of a terminal. */
export const MOST_EVIDENCE_TEXT = 80;
/** Findings that are collected before the most telling are chosen. */
const MOST_FOUND = 64;

const ORDER: Readonly<Record<EvidenceKind, number>> = {
  credential: 0,
  reading: 1,
  value: 2,
  text: 3,
  name: 4,
};
const UTF8 = new TextEncoder();

/** A few bytes of random data may all be printable: of 24 one in ten thousand million pieces. */
const NO_ACCIDENT = 24;
/** Where so much of all is printable, short pieces count as text, too. */
const TEXTUAL_SHARE = 0.5;

/** What can be read in the pieces, the most telling first. */
export function readableEvidence(pieces: readonly SamplePiece[]): Evidence[] {
  const found: Evidence[] = [];
  const length = pieces.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const printable = pieces.reduce((sum, { bytes }) => sum + printableShare(bytes) * bytes.length, 0);
  const least = printable >= TEXTUAL_SHARE * length ? 0 : NO_ACCIDENT;
  for (const piece of pieces) {
    if (found.length >= MOST_FOUND) break;
    for (const run of textRuns(piece.bytes, piece.bytes.length >= least && isText(piece.bytes))) {
      for (const finding of findReadable(run.text, MOST_FOUND - found.length)) {
        const start = run.start + UTF8.encode(run.text.slice(0, finding.start)).length;
        const end = start + UTF8.encode(run.text.slice(finding.start, finding.end)).length;
        const { kind, name, text } = finding;
        // An echo says everything twice.
        if (found.some(known => known.kind === kind && known.name === name && known.text === shortened(text)))
          continue;
        found.push({
          kind,
          name,
          text: shortened(text),
          side: piece.side,
          places: [placeIn(piece, start, end)],
        });
      }
    }
  }
  return inOrder(found);
}

/** Readings of our own telemetry as evidence. */
export function readingEvidence(examples: readonly ReadingExample[]): Evidence[] {
  return examples.map(({ name, text, side, places }) => ({
    kind: 'reading',
    name: shortened(name),
    text: shortened(text),
    side,
    places,
  }));
}

/** Stable: what came first stays first among equals. */
export function inOrder(evidence: readonly Evidence[]): Evidence[] {
  return [...evidence].sort((a, b) => ORDER[a.kind] - ORDER[b.kind]);
}

export function placeIn(
  { frame, inFrame }: SamplePiece,
  start: number,
  end: number,
): Evidence['places'][number] {
  return inFrame < 0 ? { frame, start: 0, end: 0 } : { frame, start: inFrame + start, end: inFrame + end };
}

/** One line of visible characters, at most MOST_EVIDENCE_TEXT of them. */
export function shortened(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is taken out
  const visible = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').trim();
  const letters = Array.from(visible);
  return letters.length <= MOST_EVIDENCE_TEXT
    ? visible
    : `${letters.slice(0, MOST_EVIDENCE_TEXT - 1).join('')}…`;
}
