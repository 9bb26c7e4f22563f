/**
 * Opens capture files: pcap and pcapng, compressed with gzip or zstd or not, from a file, a pipe or standard input.
 *
 * A file is read into one buffer that is used again, since the decoder keeps nothing of it: memory stays small however long
 * the file is. What comes through a pipe is taken as it comes.
 */
import { closeSync, createReadStream, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import { addAbortSignal, type Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Damage } from '../pcap/damage.ts';
import type { CaptureFormat, RecordSink } from '../pcap/record-sink.ts';
import { captureFileError, isAFolder, isATerminal } from './capture-file-errors.ts';
import type { Compression } from './capture-file-kind.ts';
import { CapturePieces } from './capture-file-pieces.ts';

/** Small enough to stay in a processor's cache while it is decoded, large enough that a call costs little: measured. */
const PIECE_BYTES = 256 * 1024;
/** 4 MiB: some milliseconds. */
const PIECES_A_TURN = 16;
const STANDARD_INPUT = '-';
const STANDARD_INPUT_DESCRIPTOR = 0;

export interface ReadCaptureOptions {
  /** Ends the reading early, between two pieces; that is no error. */
  readonly signal?: AbortSignal | undefined;
  /** Every packet at once, also the first ones (`CaptureDecoderOptions`). */
  readonly isLive?: boolean | undefined;
}

/** How the reading of a capture went. */
export interface CaptureReading {
  readonly format: CaptureFormat | undefined;
  readonly compression: Compression;
  /** Why it ended early, in the capture itself; its offset counts bytes of the capture once that is inflated. */
  readonly damage: Damage | undefined;
  /** Bytes that were read, as they are in the file. */
  readonly sizeBytes: number;
  /** Blocks of pcapng of kinds that are not read here. */
  readonly skippedBlocks: number;
  /** The signal ended it. */
  readonly wasStopped: boolean;
}

/**
 * Reads a capture from the file `path`, or from standard input where it is `-`, and gives its records to `sink`.
 *
 * Damage within a capture is no error but part of the result.
 * @throws UsageError SW_USAGE: there is no such file, or it is a folder or a terminal.
 * @throws NetworkError SW_PERMISSION: it may not be read.
 * @throws StoreError SW_STORE_FAILED: the system could not read it to its end.
 * @throws FormatError SW_FORMAT: it is no capture at all; the message says what it looks like.
 */
export async function readCapture(
  path: string,
  sink: RecordSink,
  options: ReadCaptureOptions = {},
): Promise<CaptureReading> {
  const { signal } = options;
  const pieces = new CapturePieces(path === STANDARD_INPUT ? 'standard input' : path, sink, options.isLive);
  try {
    const { descriptor, stream } = open(path);
    if (descriptor !== undefined) await readFile(descriptor, pieces, signal);
    else await readStream(stream, pieces, signal);
  } catch (error) {
    if (signal?.aborted !== true) throw captureFileError(path, error);
  }
  const wasStopped = signal?.aborted === true;
  try {
    if (!wasStopped) await pieces.end();
    return {
      format: pieces.format,
      compression: pieces.compression,
      damage: pieces.damage,
      sizeBytes: pieces.sizeBytes,
      skippedBlocks: pieces.skippedBlocks,
      wasStopped,
    };
  } finally {
    pieces.close();
  }
}

type Source =
  | { readonly descriptor: number; readonly stream?: undefined }
  | { readonly descriptor?: undefined; readonly stream: Readable };

/** A file to be read in order, or a stream where it is a pipe: to open one could wait, for whoever writes it. */
function open(path: string): Source {
  if (path === STANDARD_INPUT) {
    if (fstatSync(STANDARD_INPUT_DESCRIPTOR).isFile()) return { descriptor: STANDARD_INPUT_DESCRIPTOR };
    if (process.stdin.isTTY) throw isATerminal();
    return { stream: process.stdin };
  }
  const kind: Stats = statSync(path);
  if (kind.isDirectory()) throw isAFolder(path);
  if (kind.isFile()) return { descriptor: openSync(path, 'r') };
  return { stream: createReadStream(path, { highWaterMark: PIECE_BYTES }) };
}

async function readFile(
  descriptor: number,
  pieces: CapturePieces,
  signal: AbortSignal | undefined,
): Promise<void> {
  const own = new Uint8Array(PIECE_BYTES);
  let pieceCount = 0;
  try {
    while (signal?.aborted !== true) {
      const buffer = pieces.room ?? own;
      const count = readSync(descriptor, buffer, 0, buffer.length, null);
      if (count === 0 || !(await pieces.take(buffer.subarray(0, count)))) return;
      // Nothing else waits here, so signals would never be heard.
      if (++pieceCount % PIECES_A_TURN === 0) await nextTurn();
    }
  } finally {
    if (descriptor !== STANDARD_INPUT_DESCRIPTOR) closeSync(descriptor);
  }
}

async function readStream(
  stream: Readable,
  pieces: CapturePieces,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (signal !== undefined) addAbortSignal(signal, stream);
  for await (const piece of stream) if (!(await pieces.take(piece as Uint8Array))) return;
}
