/**
 * The Python example, which speaks docs/PROTOCOL.md without a line of ours, over real sockets: against a bare session that
 * can misbehave, and against the real `collect`.
 */
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import type { SensorInfo } from '../../src/readings/sensor-info.ts';
import { CollectorSession, errorDatagram } from '../../src/telemetry/collector-session.ts';
import type { Form } from '../../src/telemetry/form.ts';
import { datagramTag } from '../../src/telemetry/framing.ts';
import type { Instant } from '../../src/telemetry/instant.ts';
import { ERROR_CODE } from '../../src/telemetry/messages/types.ts';
import { Run } from '../cli-process.ts';

const SCRIPT = fileURLToPath(new URL('../../examples/python/sender.py', import.meta.url));

interface StoredReading {
  readonly number: number;
  readonly sensor: SensorInfo;
  readonly timeUs: number;
  readonly value: unknown;
}

/** A store in memory, and what every connection's session does with it. */
class Readings {
  readonly stored: StoredReading[] = [];
  position = 0;

  serve(session: CollectorSession, send: (bytes: Uint8Array) => void): void {
    for (let event = session.pollEvent(); event !== undefined; event = session.pollEvent()) {
      if (event.type === 'hello') session.accept(this.position, now());
      else if (event.type === 'bye') session.stored(event.mark, now());
      else if (event.type === 'readings') {
        const { number, sensor, batch } = event;
        for (const [index, timeUs] of batch.times.entries())
          this.stored.push({ number: number + index, sensor, timeUs, value: batch.values[index] });
        this.position = Math.max(this.position, number + batch.times.length);
        session.stored(event.mark, now());
      }
    }
    for (let bytes = session.pollTransmit(); bytes !== undefined; bytes = session.pollTransmit()) send(bytes);
  }

  ofSensor(name: string): StoredReading[] {
    return this.stored.filter(({ sensor }) => sensor.name === name);
  }
}

function now(): Instant {
  return { monotonicUs: Math.round(performance.now() * 1_000), wallUs: Date.now() * 1_000 };
}

function newSession(form: Form, tag: number): CollectorSession {
  return new CollectorSession({ form, tag, mostSensors: 8 }, now());
}

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** Runs the example to its end and gives what it printed. */
async function runSender(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn('python3', [SCRIPT, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  closing.push(() => child.kill());
  const output = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.err += text;
  });
  const failed = once(child, 'error').then(([error]) => {
    throw new Error('python3 could not be started: install Python 3.9 or later to run this test', {
      cause: error,
    });
  });
  const [code] = (await Promise.race([once(child, 'close'), failed])) as [number | null];
  return { code, ...output };
}

function expectReadings(readings: Readings, count: number): void {
  const temperatures = readings.ofSensor('temperature');
  const sines = readings.ofSensor('sine');
  expect([temperatures.length, sines.length]).toEqual([count, count]);
  expect(temperatures[0]?.sensor).toMatchObject({ type: 'int', unit: '°C', scale: 0.1, rateHz: 500 });
  const startUs = sines[0]?.timeUs ?? 0;
  for (const [index, { timeUs, value }] of sines.entries()) {
    expect(timeUs).toBe(startUs + 2_000 * index);
    expect(value).toBeCloseTo(Math.sin((2 * index) / 1_000), 12);
  }
  for (const [index, { timeUs, value }] of temperatures.entries()) {
    expect(timeUs).toBe(startUs + 2_000 * index);
    expect(value).toBe(200 + Math.round(5 * Math.sin((2 * index) / 3_000)));
  }
}

describe('the Python example', () => {
  it('sends readings over TCP, and goes on exactly where a connection broke', async () => {
    const readings = new Readings();
    let connections = 0;
    const server = createServer((socket: Socket) => {
      const session = newSession('stream', 1);
      const breaksAfter = connections++ === 0 ? 40 : Number.POSITIVE_INFINITY;
      socket.on('error', () => undefined);
      socket.on('data', (bytes: Buffer) => {
        session.receive(bytes, now());
        readings.serve(session, answer => socket.write(answer));
        // Without its last acknowledgements: the sender must ask where we are.
        if (readings.stored.length >= breaksAfter) socket.resetAndDestroy();
      });
    });
    const port = await listen(server);
    const { code, out, err } = await runSender(`tcp://127.0.0.1:${port}`, '--count', '100', '--rate', '500');
    expect({ code, out }).toEqual({ code: 0, out: 'done: readings=200 stored=200 connections=2\n' });
    expect(err).toContain('again in 0.1 s');
    expect(readings.stored.map(({ number }) => number)).toEqual(
      Array.from({ length: 200 }, (_, index) => index),
    );
    expectReadings(readings, 100);
  });

  it('sends readings over UDP, though answers to HELLO, SENSOR and BYE are lost', async () => {
    const readings = new Readings();
    const session = newSession('datagram', 0x123456);
    const server = createSocket('udp4');
    closing.push(() => server.close());
    let answers = 0;
    server.on('message', (bytes, from) => {
      const send = (answer: Uint8Array): void => {
        // The first answers are WELCOME and SENSORS-KNOWN.
        if (answers++ !== 0 && answers !== 3) server.send(answer, from.port, from.address);
      };
      const tag = datagramTag(bytes);
      if (tag === undefined || session.isOver) return;
      if (tag !== 0 && tag !== session.tag) return send(errorDatagram(ERROR_CODE.unknownSession));
      session.receive(bytes, now());
      readings.serve(session, send);
    });
    server.bind(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address();
    const { code, out } = await runSender(`udp://127.0.0.1:${port}`, '--count', '100', '--rate', '500');
    expect({ code, out }).toEqual({ code: 0, out: 'done: readings=200 stored=200 connections=1\n' });
    expect(session.counters).toMatchObject({ received: 200, missing: 0, malformed: 0 });
    expectReadings(readings, 100);
  });

  it('says why a collector refuses it', async () => {
    const server = createServer(socket => {
      const session = newSession('stream', 1);
      socket.on('data', (bytes: Buffer) => {
        session.receive(bytes, now());
        session.refuse(7, 'not you');
        for (let answer = session.pollTransmit(); answer; answer = session.pollTransmit())
          socket.write(answer);
        socket.end();
      });
    });
    const port = await listen(server);
    const { code, err } = await runSender(`tcp://127.0.0.1:${port}`, '--count', '1');
    expect({ code, err }).toEqual({ code: 1, err: 'the collector says ERROR 7: not you\n' });
  });
});

describe('the Python example and the real collector', () => {
  it.each(['tcp', 'udp'])('has its readings stored over %s', async transport => {
    const collector = new Run([
      'collect',
      '--listen',
      `${transport}://127.0.0.1:0`,
      '--store',
      'none',
      '--json',
    ]);
    closing.push(() => collector.kill('SIGKILL'));
    const [url = ''] = await collector.urls();
    const { code, out, err } = await runSender(url, '--count', '30', '--rate', '200');
    expect({ code, err }, out).toEqual({ code: 0, err: '' });
    collector.kill('SIGTERM');
    expect(await collector.exit).toBe(0);
    expect(collector.json.at(-1)).toMatchObject({ event: 'summary', stored: 60, missing: 0, sensors: 2 });
  });
});
