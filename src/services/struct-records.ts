/**
 * The struct service: takes records of one of Python's struct formats, and says what is in them.
 *
 * Streams are cut anywhere, so the format's size tells where a record ends; a datagram holds one or more whole ones.
 */
import { UsageError } from '../errors/errors.ts';
import { EndOfStreamError } from '../socket/socket-error.ts';
import { Struct } from '../struct/struct.ts';
import type { Value } from '../struct/values.ts';
import { MOST_RECORD_BYTES } from './limits.ts';
import type { Service } from './service.ts';

/** One record that came. */
export interface StructRecord {
  /** Who sent it, as a URL. */
  readonly peer: string;
  /** The record as it came; the receiver's to keep. */
  readonly bytes: Buffer;
  readonly values: readonly Value[];
}

/**
 * @param format such as `=iif`
 * @throws UsageError SW_STRUCT_FORMAT, also for records of no bytes or of more than 65,536
 */
export function structService(format: string, onRecord: (record: StructRecord) => void): Service {
  const struct = new Struct(format);
  const { size } = struct;
  if (size === 0 || size > MOST_RECORD_BYTES) {
    const message = `'${format}' makes records of ${size} bytes: serve struct takes 1 to ${MOST_RECORD_BYTES}`;
    throw new UsageError('SW_STRUCT_FORMAT', message);
  }
  const expected = `'${format}' takes ${size} bytes (does the client pack with the same format?)`;
  return {
    name: 'struct',
    unit: 'records',
    async stream(socket, conversation) {
      for (;;) {
        let bytes: Buffer;
        try {
          bytes = await socket.readexactly(size);
        } catch (error) {
          if (!(error instanceof EndOfStreamError)) throw error;
          const left = error.partial.length;
          if (left > 0) conversation.complain(`the last ${left} bytes are no record: ${expected}`);
          return;
        }
        if (!conversation.takes()) return;
        onRecord({ peer: conversation.peer, bytes, values: struct.unpack(bytes) });
      }
    },
    datagram(datagram, exchange) {
      if (datagram.length === 0 || datagram.length % size !== 0) {
        exchange.complain(`a datagram of ${datagram.length} bytes holds no whole records: ${expected}`);
        return undefined;
      }
      for (let start = 0; start < datagram.length && exchange.takes(); start += size) {
        const bytes = datagram.subarray(start, start + size);
        onRecord({ peer: exchange.peer, bytes, values: struct.unpack(bytes) });
      }
      return undefined;
    },
  };
}
