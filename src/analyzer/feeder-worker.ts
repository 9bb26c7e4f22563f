/** The reading thread of a large capture: file → records → rows with the headers of plain segments (`RowFeeder`). */
import { readSync } from 'node:fs';
import { type MessagePort, workerData } from 'node:worker_threads';
import { CaptureTally, type TallyFacts } from '../analysis/capture-tally.ts';
import { CHUNK_BYTES } from '../analysis/columns-chunk.ts';
import { RowFeeder } from '../analysis/row-feeder.ts';
import { CaptureDecoder } from '../pcap/capture-decoder.ts';
import type { Damage } from '../pcap/damage.ts';
import { CONTROL, type FeederBuffers, FeederMemory } from './feeder-memory.ts';

export interface FeederData {
  /** Of the file, open for reading, at its beginning. */
  readonly descriptor: number;
  readonly port: MessagePort;
  readonly buffers: FeederBuffers;
}

/** What is sent, in the order in which the other thread asks for it. */
export type FeederMessage =
  | { readonly kind: 'chunk'; readonly buffer: SharedArrayBuffer }
  | { readonly kind: 'frame'; readonly bytes: Uint8Array }
  | FeederEnd
  | FeederFailure;

/** The system could not read the file: what an error loses on its way between threads. */
export interface FeederFailure {
  readonly kind: 'failure';
  readonly message: string;
  readonly code: string | undefined;
  readonly syscall: string | undefined;
}

/** How the reading went; the last message. */
export interface FeederEnd {
  readonly kind: 'end';
  readonly format: 'pcap' | 'pcapng' | undefined;
  readonly damage: Damage | undefined;
  readonly sizeBytes: number;
  readonly skippedBlocks: number;
  readonly tally: TallyFacts;
}

function feed({ descriptor, port, buffers }: FeederData): void {
  const memory = new FeederMemory(buffers);
  const send = (message: FeederMessage): void => port.postMessage(message);
  const feeder = new RowFeeder({
    openChunk: () => {
      const buffer = new SharedArrayBuffer(CHUNK_BYTES);
      send({ kind: 'chunk', buffer });
      return new Int32Array(buffer);
    },
    sendFrame: bytes => send({ kind: 'frame', bytes: bytes.slice() }),
  });
  const tally = new CaptureTally(feeder);
  const decoder = new CaptureDecoder(tally);
  let sizeBytes = 0;
  let turn = 0;
  let failure: FeederFailure | undefined;
  for (let isMore = true; isMore; turn++) {
    waitForRoom(memory, turn);
    const piece = memory.piece(turn);
    let count = 0;
    try {
      count = memory.isStopped ? 0 : readSync(descriptor, piece, 0, piece.length, null);
    } catch (error) {
      const { message, code, syscall } = error as NodeJS.ErrnoException;
      failure = { kind: 'failure', message, code, syscall };
    }
    sizeBytes += count;
    const bytes = piece.subarray(0, count);
    feeder.beginPiece(bytes, memory.records(turn));
    if (count > 0) isMore = decoder.push(bytes);
    else {
      isMore = false;
      if (!memory.isStopped) decoder.end();
    }
    if (!isMore) {
      const { format, damage, skippedBlocks } = decoder;
      const end = { kind: 'end', format, damage, sizeBytes, skippedBlocks, tally: tally.facts() } as const;
      send(failure ?? end);
      Atomics.store(memory.control, CONTROL.last, turn + 1);
    }
    memory.fill(turn, feeder.count);
  }
}

/** Returns when the slot of that turn is empty, or nothing more is wanted. */
function waitForRoom(memory: FeederMemory, turn: number): void {
  for (;;) {
    const emptied = Atomics.load(memory.control, CONTROL.emptied);
    if (turn - emptied < memory.slots || memory.isStopped) return;
    Atomics.wait(memory.control, CONTROL.emptied, emptied);
  }
}

feed(workerData as FeederData);
