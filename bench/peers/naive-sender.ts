/**
 * Run as a process: naive records over TCP (`tcp`: a write a message; `tcp-coalesced`: what one turn of the event loop
 * brings is one write) or UDP (`udp`: a datagram a message).
 */
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { type Link, loadOptions, type PeerReading, runLoad } from './load.ts';
import { putRecord, RECORD_BYTES } from './naive-wire.ts';

/** One write at most. */
const CHUNK_BYTES = 65_536;

function records(readings: readonly PeerReading[]): Buffer {
  const bytes = Buffer.allocUnsafe(RECORD_BYTES * readings.length);
  let at = 0;
  for (const reading of readings) at = putRecord(bytes, at, reading);
  return bytes;
}

/** Turns chunks of cumulative counts into the number newly acknowledged. */
function acknowledgements(onAcked: (readings: number) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  let acked = 0;
  return chunk => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const whole = bytes.length - (bytes.length % 4);
    rest = bytes.subarray(whole);
    if (whole === 0) return;
    const total = bytes.readUInt32LE(whole - 4);
    const newly = total - acked;
    acked = total;
    onAcked(newly);
  };
}

const options = loadOptions();

async function openTcp(onAcked: (readings: number) => void): Promise<Link> {
  const socket = connect({ port: options.port, host: '127.0.0.1', noDelay: true });
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  socket.on('data', acknowledgements(onAcked));
  const close = (): void => void socket.destroy();
  if (options.format === 'tcp') return { send: readings => void socket.write(records(readings)), close };
  let chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  let filled = 0;
  const flush = (): void => {
    if (filled > 0) socket.write(chunk.subarray(0, filled));
    chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    filled = 0;
  };
  return {
    send(readings) {
      if (filled === 0) setImmediate(flush);
      for (const reading of readings) {
        filled = putRecord(chunk, filled, reading);
        if (filled === CHUNK_BYTES) flush();
      }
    },
    close,
  };
}

async function openUdp(onAcked: (readings: number) => void): Promise<Link> {
  const socket = createSocket('udp4');
  await new Promise<void>(resolve => socket.connect(options.port, '127.0.0.1', () => resolve()));
  socket.on('message', acknowledgements(onAcked));
  return { send: readings => socket.send(records(readings)), close: () => socket.close() };
}

await runLoad(options, options.format === 'udp' ? openUdp : openTcp);
