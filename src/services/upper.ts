/**
 * The uppercase service: answers a line in capitals and closes; over UDP, each datagram.
 *
 * A line ends with a newline, with the end of the stream, or when nothing more came for `QUIET_US`: the client of the
 * exercise sends what was typed without its newline and waits. What comes after the newline is not answered.
 */
import type { StreamSocket } from '../socket/stream-socket.ts';
import { capitals } from './capitals.ts';
import { MOST_LINE_BYTES } from './limits.ts';
import { recvUnlessQuiet } from './quiet.ts';
import { type Service, textFarewell } from './service.ts';

const NEWLINE = 0x0a;

export const upperService: Service = {
  name: 'upper',
  async stream(socket, conversation) {
    const line = await readLine(socket);
    if (line.length === 0) return;
    await socket.sendall(capitals(line));
    conversation.reason = 'answered';
  },
  datagram: capitals,
  farewell: textFarewell,
};

async function readLine(socket: StreamSocket): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  // The first letter may take a person as long as it takes.
  for (
    let piece: Buffer | undefined = await socket.recv(MOST_LINE_BYTES);
    piece !== undefined && piece.length > 0;
    piece = await recvUnlessQuiet(socket, MOST_LINE_BYTES - size)
  ) {
    const end = piece.indexOf(NEWLINE) + 1;
    pieces.push(end > 0 ? piece.subarray(0, end) : piece);
    size += piece.length;
    if (end > 0 || size >= MOST_LINE_BYTES) break;
  }
  return Buffer.concat(pieces);
}
