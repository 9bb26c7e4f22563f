/**
 * Writes a capture of small TCP segments, always the same one: a server and clients whose connections open, talk, lose
 * something now and then, and close, 32 of them at a time.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { PcapEncoder } from '../../src/pcap/pcap-encoder.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import { conversation, type Step } from './conversation.ts';
import { SegmentFrame } from './segment-frame.ts';

const CONCURRENT = 32;
/** Between two segments of the capture. */
const TURN_US = 100;
const START_SECONDS = 1_700_000_000;
const SEED = 5;
/** Written at once. */
const PIECE_BYTES = 1 << 20;

interface Running {
  readonly connection: number;
  readonly steps: Generator<Step, void>;
  /** Silent until then. */
  awakeUs: number;
}

/** Gives the size of the file in bytes. */
export function makeCapture(path: string, packets: number): number {
  const random = new SeededRandom(SEED);
  const frame = new SegmentFrame();
  // Microseconds, since that is what every reader of pcap knows.
  const encoder = new PcapEncoder({ resolution: 'microseconds' });
  let connections = 0;
  const open = (): Running => ({ connection: connections++, steps: conversation(random), awakeUs: 0 });
  const running = Array.from({ length: CONCURRENT }, open);
  const file = openSync(path, 'wx');
  let size = 0;
  const flush = (): void => {
    const piece = encoder.take();
    writeSync(file, piece);
    size += piece.length;
  };
  let nowUs = 0;
  for (let written = 0; written < packets; ) {
    nowUs += TURN_US;
    const index = random.int(0, CONCURRENT - 1);
    const one = running[index]!;
    if (one.awakeUs > nowUs) continue;
    const { value, done } = one.steps.next();
    if (done === true) running[index] = open();
    else if (typeof value === 'number') one.awakeUs = nowUs + value;
    else {
      const length = frame.write(value, one.connection, 1_000_000 + Math.floor(nowUs / 1_000));
      encoder.packet(START_SECONDS + Math.floor(nowUs / 1e6), (nowUs % 1e6) * 1_000, frame.bytes, 0, length);
      written++;
      if (encoder.pending >= PIECE_BYTES) flush();
    }
  }
  flush();
  closeSync(file);
  return size;
}
