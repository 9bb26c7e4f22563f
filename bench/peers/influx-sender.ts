/**
 * Run as a process: InfluxDB line protocol in POST requests to /write over keep-alive connections, one request in
 * flight on each.
 *
 * Over `node:net` with its own small HTTP, since `node:http` would cost the sender more than the database costs: the
 * peer shall have its best figure.
 */
import { connect, type Socket } from 'node:net';
import { type Link, loadOptions, type PeerReading, runLoad } from './load.ts';

/** An answer without a body: /write answers 204. */
const DONE = 'HTTP/1.1 204';

function lines(readings: readonly PeerReading[]): string {
  let text = '';
  for (const { sensor, timeUs, value } of readings)
    text += `temp,sensor=s${sensor} value=${value} ${timeUs}000\n`;
  return text;
}

const options = loadOptions();
const connections = options.window / options.batch;

await runLoad(options, async (onAcked): Promise<Link> => {
  const free: Socket[] = [];
  const underWay = new Map<Socket, number>();
  /** At a fixed rate a late answer may leave no connection free. */
  const waiting: (readonly PeerReading[])[] = [];
  const send = (readings: readonly PeerReading[]): void => {
    const socket = free.pop();
    if (socket === undefined) {
      waiting.push(readings);
      return;
    }
    underWay.set(socket, readings.length);
    const body = lines(readings);
    socket.write(
      `POST /write HTTP/1.1\r\nHost: 127.0.0.1:${options.port}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
  };
  const open = async (): Promise<void> => {
    const socket = connect({ port: options.port, host: '127.0.0.1', noDelay: true });
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    let answer = '';
    socket.setEncoding('latin1').on('data', (text: string) => {
      answer += text;
      if (!answer.endsWith('\r\n\r\n')) return;
      if (!answer.startsWith(DONE)) throw new Error(`/write answered ${answer}`);
      answer = '';
      free.push(socket);
      onAcked(underWay.get(socket)!);
      const next = waiting.shift();
      if (next !== undefined) send(next);
    });
    // It closes what has been idle for some seconds; the last one in use is taken first, so others may well be.
    socket.on('close', () => {
      const at = free.indexOf(socket);
      if (at >= 0) free.splice(at, 1);
      else if (!closing) throw new Error('the database closed a connection with a request under way');
    });
    free.push(socket);
  };
  let closing = false;
  await Promise.all(Array.from({ length: connections }, open));
  const sockets = [...free];
  return {
    send,
    close() {
      closing = true;
      for (const socket of sockets) socket.destroy();
    },
  };
});
