/**
 * Reads a large capture with a second thread, which decodes the file and reads the headers of plain segments while this one
 * analyses them. What is found is the same as with one thread.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import type { CaptureAnalysis } from '../analysis/capture-analysis.ts';
import { type RowSource, readRecord } from '../analysis/row-feeder.ts';
import { InternalError } from '../errors/errors.ts';
import { PacketRecord } from '../pcap/packet-record.ts';
import { CONTROL, FeederMemory } from './feeder-memory.ts';
import type { FeederData, FeederEnd, FeederMessage } from './feeder-worker.ts';

/** It makes few objects and keeps none; with the engine's default its heap would grow by megabytes before it is swept. */
const YOUNG_GENERATION_MB = 2;

/**
 * @param descriptor of the file, open for reading, at its beginning; it stays open
 * @param signal ends the reading early: what has been read by then is analysed
 */
export async function feedAnalysis(
  descriptor: number,
  analysis: CaptureAnalysis,
  signal: AbortSignal,
): Promise<FeederEnd> {
  const memory = new FeederMemory();
  const { port1, port2 } = new MessageChannel();
  const data: FeederData = { descriptor, port: port2, buffers: memory.buffers };
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const worker = new Worker(new URL(`./feeder-worker.${extension}`, import.meta.url), {
    name: 'capture feeder',
    workerData: data,
    transferList: [port2],
    execArgv: [],
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
  });
  const { promise: ended, resolve: onEnd, reject: onError } = Promise.withResolvers<void>();
  worker.once('error', onError).once('exit', onEnd);
  try {
    return await take(memory, port1, analysis, signal, ended);
  } finally {
    memory.stop();
    port1.close();
    // It ends by itself, and has closed nothing: the file is this thread's.
    await ended;
  }
}

async function take(
  memory: FeederMemory,
  port: MessagePort,
  analysis: CaptureAnalysis,
  signal: AbortSignal,
  ended: Promise<void>,
): Promise<FeederEnd> {
  const source = new FedRows(port);
  const { control } = memory;
  for (let turn = 0; ; turn++) {
    if (signal.aborted) memory.stop();
    if (Atomics.load(control, CONTROL.filled) <= turn) {
      const { async: isWaiting, value } = Atomics.waitAsync(control, CONTROL.filled, turn);
      // Where the thread dies it fills nothing more.
      if (isWaiting) await Promise.race([value, ended]);
      if (Atomics.load(control, CONTROL.filled) <= turn) throw new InternalError('the reading thread ended');
      // Otherwise nothing else would be heard: signals.
    } else await nextTurn();
    source.begin(memory.piece(turn), memory.records(turn));
    analysis.takeRows(memory.rowsAfter(turn), source);
    memory.empty(turn);
    if (Atomics.load(control, CONTROL.last) === turn + 1) return source.end();
  }
}

/** What the other thread sends beside the rows. */
class FedRows implements RowSource {
  piece: Uint8Array = new Uint8Array(0);
  readonly #port: MessagePort;
  readonly #record = new PacketRecord();
  #records: Float64Array = new Float64Array(0);

  constructor(port: MessagePort) {
    this.#port = port;
  }

  begin(piece: Uint8Array, records: Float64Array): void {
    this.piece = piece;
    this.#records = records;
  }

  nextChunk(): SharedArrayBuffer {
    return this.#next('chunk').buffer;
  }

  nextFrame(): Uint8Array {
    return this.#next('frame').bytes;
  }

  record(index: number): PacketRecord {
    return readRecord(this.#records, index, this, this.#record);
  }

  end(): FeederEnd {
    return this.#next('end');
  }

  /** The next message, which is there: rows are told after it. */
  #next<Kind extends FeederMessage['kind']>(kind: Kind): Extract<FeederMessage, { kind: Kind }> {
    const message = (receiveMessageOnPort(this.#port) as { message: FeederMessage } | undefined)?.message;
    if (message?.kind === 'failure') throw message.error;
    if (message?.kind !== kind) throw new InternalError(`the reading thread sent no ${kind}`);
    return message as Extract<FeederMessage, { kind: Kind }>;
  }
}
