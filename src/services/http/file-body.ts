/**
 * The bytes of a plan, read piece by piece as the client takes them.
 */
import type { FileHandle } from 'node:fs/promises';
import type { BodyPart } from './file-plan.ts';
import { READ_BYTES } from './limits.ts';

/**
 * @param onBytes how many bytes each piece has
 * @throws Error where the file has become shorter: what was promised cannot be sent any more, so the connection must end
 */
export async function* fileBody(
  handle: FileHandle,
  parts: readonly BodyPart[],
  onBytes: (count: number) => void,
): AsyncGenerator<Buffer, void, undefined> {
  for (const part of parts) {
    if (typeof part === 'string') {
      onBytes(part.length);
      yield Buffer.from(part);
      continue;
    }
    for (let position = part.start; position < part.end; ) {
      const wanted = Math.min(READ_BYTES, part.end - position);
      const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(wanted), 0, wanted, position);
      if (bytesRead === 0)
        throw new Error(`the file became shorter than ${part.end} bytes while it was sent`);
      position += bytesRead;
      onBytes(bytesRead);
      yield buffer.subarray(0, bytesRead);
    }
  }
}
