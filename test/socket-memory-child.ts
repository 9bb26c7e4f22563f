/**
 * Run as a process: one end of a connection over which a gigabyte goes, and what it costs in memory.
 *
 * Arguments: `send PORT BYTES` or `receive BYTES`. Tells its parent `listening` with the port, `waiting` when sending
 * has stood still, and `done` with the kilobytes by which its most memory grew; reads once its parent says `go`.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { AF_INET, type InetAddress, SOCK_STREAM, socket } from '../src/socket/index.ts';

const PIECE_BYTES = 1_048_576;
/** Turns of the event loop without progress after which everybody waits for somebody. */
const STILL_TURNS = 2_000;

/** The most memory that this process has had (proc_pid_status(5)). */
function peakKb(): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
}

const tell = (event: string, fields: object = {}): void => void process.send?.({ event, ...fields });

async function send(port: number, bytes: number): Promise<void> {
  await using one = socket(AF_INET, SOCK_STREAM);
  await one.connect(['127.0.0.1', port]);
  const piece = Buffer.alloc(PIECE_BYTES, 'x');
  const before = peakKb();
  let sent = 0;
  const watched = standStill(() => sent);
  for (; sent < bytes; sent += piece.length) await one.sendall(piece);
  await watched;
  tell('done', { sent, grownKb: peakKb() - before });
}

/** Tells when sending has stood still. */
async function standStill(sent: () => number): Promise<void> {
  let before = -1;
  for (let turns = 0; turns < STILL_TURNS; turns++) {
    await new Promise(setImmediate);
    if (sent() !== before) turns = 0;
    before = sent();
  }
  tell('waiting', { sent: before });
}

async function receive(bytes: number): Promise<void> {
  using server = socket(AF_INET, SOCK_STREAM);
  await server.bind(['127.0.0.1', 0]);
  await server.listen();
  tell('listening', { port: (server.getsockname() as InetAddress)[1] });
  const [one] = await server.accept();
  const before = peakKb();
  await once(process, 'message');
  // Slower than any sender: each byte is looked at.
  const hash = createHash('sha256');
  let received = 0;
  while (received < bytes) {
    const piece = await one.recv(65_536);
    if (piece.length === 0) break;
    received += piece.length;
    hash.update(piece);
  }
  one.close();
  tell('done', { received, hash: hash.digest('hex'), grownKb: peakKb() - before });
}

const [, , role, ...numbers] = process.argv;
if (role === 'send') await send(Number(numbers[0]), Number(numbers[1]));
else await receive(Number(numbers[0]));
process.disconnect?.();
