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

export class Feeder {
  readonly #memory = new FeederMemory();
  readonly #port: MessagePort;
  readonly #worker: Worker;
  readonly #ended: Promise<void>;

  /**
   * Begins to read.
   * @param descriptor of the file, open for reading, at its beginning; it has to stay open until `feed` is done
   */
  constructor(descriptor: number) {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    const data: FeederData = { descriptor, port: port2, buffers: this.#memory.buffers };
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    this.#worker = new Worker(new URL(`./feeder-worker.${extension}`, import.meta.url), {
      name: 'capture feeder',
      workerData: data,
      transferList: [port2],
      execArgv: [],
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
    });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#worker.once('error', reject).once('exit', () => resolve());
    this.#ended = promise;
    // Who waits for it hears of it.
    promise.catch(() => undefined);
  }

  /**
   * Gives everything to the analysis.
   * @param signal ends the reading early: what has been read by then is analysed
   */
  async feed(analysis: CaptureAnalysis, signal: AbortSignal): Promise<FeederEnd> {
    try {
      const end = await this.#feed(analysis, signal);
      // It has nothing left to do: nobody waits until it is gone.
      this.#worker.unref();
      return end;
    } catch (error) {
      // It may wait for room that nobody makes any more. Before the file is closed it must be gone.
      await this.#worker.terminate();
      throw error;
    } finally {
      this.#port.close();
    }
  }

  async #feed(analysis: CaptureAnalysis, signal: AbortSignal): Promise<FeederEnd> {
    const memory = this.#memory;
    const { control } = memory;
    const source = new FedRows(this.#port);
    for (let turn = 0; ; turn++) {
      if (signal.aborted) memory.stop();
      if (Atomics.load(control, CONTROL.filled) <= turn) {
        const { async: isWaiting, value } = Atomics.waitAsync(control, CONTROL.filled, turn);
        // Where the thread dies it fills nothing more.
        if (isWaiting) await Promise.race([value, this.#ended]);
        if (Atomics.load(control, CONTROL.filled) <= turn)
          throw new InternalError('the reading thread ended');
        // Otherwise nothing else would be heard: signals.
      } else await nextTurn();
      source.begin(memory.piece(turn), memory.records(turn));
      analysis.takeRows(memory.rowsAfter(turn), source);
      memory.empty(turn);
      if (Atomics.load(control, CONTROL.last) === turn + 1) return source.end();
    }
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
    if (message?.kind === 'failure') {
      const { code, syscall } = message;
      throw Object.assign(new Error(message.message), { code, syscall });
    }
    if (message?.kind !== kind) throw new InternalError(`the reading thread sent no ${kind}`);
    return message as Extract<FeederMessage, { kind: Kind }>;
  }
}
