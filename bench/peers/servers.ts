/**
 * Starts the peers' servers: mosquitto, VictoriaMetrics, and the naive one.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Child } from '../harness/child.ts';
import { program } from '../harness/programs.ts';
import type { Workbench } from '../harness/workbench.ts';

export interface RunningServer {
  readonly child: Child;
  readonly port: number;
}

/** A server that says nothing of its readiness has this long. */
const READY_WITHIN_MS = 10_000;
const ASK_EVERY_MS = 20;

/** A broker that stores nothing, with Nagle's algorithm off. */
export async function startMosquitto(bench: Workbench, port: number): Promise<RunningServer> {
  const config = bench.path('mosquitto.conf');
  const settings = [`listener ${port} 127.0.0.1`, 'allow_anonymous true', 'persistence false'];
  writeFileSync(config, [...settings, 'set_tcp_nodelay true', 'user root', ''].join('\n'));
  const child = bench.start(program('mosquitto'), ['-c', config]);
  await listening(child, port);
  return { child, port };
}

/** A database that takes InfluxDB lines over HTTP, in an empty folder. */
export async function startVictoria(bench: Workbench, port: number): Promise<RunningServer> {
  const folder = bench.path('victoria');
  mkdirSync(folder);
  const flags = [`-storageDataPath=${folder}`, `-httpListenAddr=127.0.0.1:${port}`, '-retentionPeriod=100y'];
  // Otherwise it closes connections now and then, even those in use.
  flags.push('-http.connTimeout=1h', '-http.idleConnTimeout=1h');
  const child = bench.start(program('victoria-metrics'), flags);
  await listening(child, port);
  return { child, port };
}

export async function startNaive(bench: Workbench, port: number): Promise<RunningServer> {
  const child = bench.startScript(new URL('./naive-server.ts', import.meta.url), { port });
  await child.event('listening');
  return { child, port };
}

/** Resolves when the port takes connections. */
async function listening(child: Child, port: number): Promise<void> {
  const deadlineMs = performance.now() + READY_WITHIN_MS;
  while (performance.now() < deadlineMs) {
    const socket = connect(port, '127.0.0.1');
    const isOpen = await new Promise<boolean>(resolve =>
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false)),
    );
    socket.destroy();
    if (isOpen) return;
    await Promise.race([
      sleep(ASK_EVERY_MS),
      child.ended.then(code => {
        throw new Error(`a server ended before it listened: ${code}`);
      }),
    ]);
  }
  throw new Error(`nobody listens at port ${port}`);
}
