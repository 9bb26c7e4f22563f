/**
 * Waiting for more of a message that may be complete already.
 */
import { SensewireError } from '../errors/errors.ts';
import type { StreamSocket } from '../socket/stream-socket.ts';
import { QUIET_US } from './limits.ts';

/** As `recv`; undefined where nothing came for `QUIET_US`. @throws as `recv` */
export async function recvUnlessQuiet(socket: StreamSocket, size: number): Promise<Buffer | undefined> {
  const before = socket.gettimeout();
  socket.settimeout(QUIET_US / 1e6);
  try {
    return await socket.recv(size);
  } catch (error) {
    if (error instanceof SensewireError && error.code === 'SW_TIMEOUT') return undefined;
    throw error;
  } finally {
    if (!socket.closed) socket.settimeout(before);
  }
}
