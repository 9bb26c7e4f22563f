/**
 * The echo service: sends back what comes (SYSTEMS.md of the exercises: TCP and UDP echo).
 *
 * Nothing is read while an answer waits to be taken, so a client that does not read makes itself wait, and costs no memory.
 */
import type { Service } from './service.ts';

/** What is read at once: what Node.js reads from the kernel at once. */
const PIECE_BYTES = 65_536;

export const echoService: Service = {
  name: 'echo',
  async stream(socket) {
    for (;;) {
      const piece = await socket.recv(PIECE_BYTES);
      if (piece.length === 0) return;
      await socket.sendall(piece);
    }
  },
  datagram: datagram => datagram,
};
