/**
 * Where the body of an answer goes.
 */
import { once } from 'node:events';
import { UsageError } from '../../errors/errors.ts';
import type { PartFile } from '../../webclient/part-file.ts';

/** Takes a piece; resolves when the next one may come. */
export type BodySink = (piece: Buffer) => Promise<void>;

export const NO_SINK: BodySink = async () => undefined;

export function fileSink(file: PartFile): BodySink {
  return piece => file.write(piece);
}

/** Waits for slow readers. @throws UsageError SW_USAGE where a terminal would get what is no text */
export const STDOUT_SINK: BodySink = async piece => {
  if (process.stdout.isTTY && piece.includes(0)) {
    throw new UsageError(
      'SW_USAGE',
      'this is no text, and a terminal would show nonsense: save it with --output FILE, or pipe it on',
    );
  }
  if (!process.stdout.write(piece)) await once(process.stdout, 'drain');
};
