/**
 * The streams that `src/flows/follow.ts` puts together against those of tshark 4.0.17 (`-z follow,tcp,raw,N`), byte count and
 * SHA-256 of each direction, over captures that nobody here made.
 *
 * The captures are not part of the project; they lie beside it where it is developed.
 */
import { createHash, type Hash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Pipeline } from '../src/analysis/pipeline.ts';
import { Follow, type FollowSink, gapText } from '../src/flows/follow.ts';
import { CaptureDecoder } from '../src/pcap/capture-decoder.ts';

const CORPUS = resolve(import.meta.dirname, '../../shared/corpus');

/** Length and digest of each direction. */
class Streams implements FollowSink {
  readonly #hashes: readonly [Hash, Hash] = [createHash('sha256'), createHash('sha256')];
  readonly #lengths: [number, number] = [0, 0];

  onBytes(from: number, bytes: Uint8Array, start: number, end: number): void {
    this.#hashes[from]?.update(bytes.subarray(start, end));
    this.#lengths[from] = (this.#lengths[from] as number) + end - start;
  }

  onGap(from: number, missing: number): void {
    const text = gapText(missing);
    this.onBytes(from, text, 0, text.length);
  }

  row(): string {
    return this.#hashes
      .map((hash, from) => `${this.#lengths[from]}\t${hash.digest('hex').slice(0, 16)}`)
      .join('\t');
  }
}

function differences(name: string): string[] {
  const rows = readFileSync(resolve(CORPUS, 'follow', name), 'utf8')
    .trimEnd()
    .split('\n')
    .slice(1);
  const followed = new Map(
    rows.map(row => {
      const streams = new Streams();
      return [Number.parseInt(row, 10), { streams, follow: new Follow(streams) }] as const;
    }),
  );
  const pipeline = new Pipeline(
    {
      onFrame({ hasTcp, verdict, packet }): void {
        const follow = hasTcp ? followed.get(verdict.conversation)?.follow : undefined;
        follow?.segment(verdict, packet.tcp, packet.number, packet.transportBytes, packet.payloadStart);
      },
    },
    { wireshark: '4.0' },
  );
  const decoder = new CaptureDecoder(pipeline);
  decoder.push(readFileSync(resolve(CORPUS, 'files', name.replace(/\.tsv$/, ''))));
  decoder.end();
  return rows.flatMap(row => {
    const [stream = '', , , ...expected] = row.split('\t');
    const ours = followed.get(Number(stream))?.streams.row();
    return ours === expected.join('\t')
      ? []
      : [`${name} stream ${stream}: ${expected.join(' ')}, not ${ours}`];
  });
}

describe.skipIf(!existsSync(CORPUS))('the corpus', () => {
  test('every stream is what tshark follows', () => {
    const names = readdirSync(resolve(CORPUS, 'follow'));
    expect(names.length).toBeGreaterThan(70);
    expect(names.flatMap(differences)).toEqual([]);
  });
});
