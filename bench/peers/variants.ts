/**
 * The peers as variants: each round starts a server and a sender anew and gives what the sender has measured.
 */
import { missingPackage, missingProgram } from '../harness/programs.ts';
import { numberAt } from '../harness/values.ts';
import { freePorts, type Workbench } from '../harness/workbench.ts';
import type { LoadOptions } from './load.ts';
import { type RunningServer, startMosquitto, startNaive, startVictoria } from './servers.ts';

/** A peer, and how to start it. */
export interface Peer {
  /** Why it cannot be measured here. */
  readonly missing: string | undefined;
  readonly script: URL;
  readonly start: (bench: Workbench, port: number) => Promise<RunningServer>;
}

export const PEERS: Readonly<Record<'mqtt' | 'victoria' | 'naive', Peer>> = {
  mqtt: {
    missing: missingProgram('mosquitto') ?? missingPackage('mqtt'),
    script: new URL('./mqtt-sender.ts', import.meta.url),
    start: startMosquitto,
  },
  victoria: {
    missing: missingProgram('victoria-metrics'),
    script: new URL('./influx-sender.ts', import.meta.url),
    start: startVictoria,
  },
  naive: {
    missing: undefined,
    script: new URL('./naive-sender.ts', import.meta.url),
    start: startNaive,
  },
};

/** One run of a peer: readings a second, µs of the server's and the sender's processor a reading, latencies in ms. */
export async function measurePeer(
  bench: Workbench,
  peer: Peer,
  load: Omit<LoadOptions, 'port'>,
): Promise<Record<'perSecond' | 'serverUs' | 'senderUs' | 'p50' | 'p99', number>> {
  const [port] = (await freePorts(1)) as [number];
  const server = await peer.start(bench, port);
  const before = server.child.cpuSeconds();
  const sender = bench.startScript(peer.script, { ...load, port } satisfies LoadOptions);
  const done = await sender.event('done');
  const serverSeconds = server.child.cpuSeconds() - before;
  await sender.stop();
  await server.child.stop();
  const readings = numberAt(done, 'readings');
  return {
    perSecond: readings / numberAt(done, 'seconds'),
    serverUs: (serverSeconds * 1e6) / readings,
    senderUs: (numberAt(done, 'cpuSeconds') * 1e6) / readings,
    p50: numberAt(done, 'p50'),
    p99: numberAt(done, 'p99'),
  };
}
