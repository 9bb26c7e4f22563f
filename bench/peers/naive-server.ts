/**
 * Run as a process: takes naive records over TCP and UDP at one port, unpacks them, and answers each chunk or datagram
 * with the number of records so far.
 */
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { acknowledgement, RECORD_BYTES } from './naive-wire.ts';

const { port } = JSON.parse(process.argv[2]!) as { port: number };

/** Makes sure that every value is really read. */
let sum = 0;

function unpack(bytes: Buffer): number {
  let at = 0;
  for (; at + RECORD_BYTES <= bytes.length; at += RECORD_BYTES) {
    const timeUs = bytes.readUInt32LE(at + 8) * 2 ** 32 + bytes.readUInt32LE(at + 4);
    sum += bytes.readUInt32LE(at) + timeUs + bytes.readFloatLE(at + 12);
  }
  return at;
}

const tcp = createServer({ noDelay: true }, socket => {
  let rest: Buffer = Buffer.alloc(0);
  let count = 0;
  socket.on('data', (chunk: Buffer) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const used = unpack(bytes);
    rest = bytes.subarray(used);
    count += used / RECORD_BYTES;
    if (used > 0) socket.write(acknowledgement(count));
  });
  socket.on('error', () => socket.destroy());
});

const udp = createSocket({ type: 'udp4', recvBufferSize: 4 * 2 ** 20 });
const counts = new Map<number, number>();
udp.on('message', (bytes, peer) => {
  const count = (counts.get(peer.port) ?? 0) + unpack(bytes) / RECORD_BYTES;
  counts.set(peer.port, count);
  udp.send(acknowledgement(count), peer.port, peer.address);
});

udp.bind(port, '127.0.0.1', () =>
  tcp.listen(port, '127.0.0.1', () => console.log(JSON.stringify({ event: 'listening', port }))),
);
process.once('SIGINT', () => process.exit(Number.isNaN(sum) ? 1 : 0));
