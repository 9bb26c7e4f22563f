/**
 * Reports of reliable UDP from captures of our own machines in virtual time: what the report counts is what the machines count.
 * The capture sees every packet as it is sent, and what the link then loses it sees, too.
 */
import { describe, expect, test } from 'vitest';
import { explainUdp } from '../src/analysis/explain-udp.ts';
import type { UdpReport } from '../src/analysis/model.ts';
import type { RudpReport } from '../src/analysis/rudp-model.ts';
import { toJson } from '../src/cli/commands/analyze-json.ts';
import { parseLinkSettings } from '../src/link/settings-text.ts';
import type { ConnectionStatistics } from '../src/rudp/connection-events.ts';
import { CaptureFrames } from '../src/testing/packets-capture.ts';
import { Talker } from '../src/testing/rudp-talker.ts';
import { RudpWorld } from '../src/testing/rudp-world.ts';
import { problemsOf } from './analysis-schema.ts';
import { CONVERSATIONS, type Conversation } from './interop/dissector-conversations.ts';

const START_US = 1_800_000_000_000_000;

interface Seen {
  readonly report: UdpReport & { readonly rudp: RudpReport };
  readonly others: readonly UdpReport[];
  /** Of the client, of the server. */
  readonly truth: readonly [ConnectionStatistics, ConnectionStatistics];
  readonly lines: readonly string[];
}

/** What goes over the wire between two machines, as a capture between them. */
function watch(seed: number, conversation: Conversation): Seen {
  const { link, sizes, messages, channels, gapUs, ending, choices = {}, moves = false } = conversation;
  const world = new RudpWorld(seed, START_US, choices);
  const settings = parseLinkSettings(link);
  const path = world.addClient(settings, settings, seed, choices);
  const talk = new CaptureFrames();
  talk.stepUs = 0;
  const plan = (side: number) => ({
    sends: { seed: seed * 4 + side, messages, sizes, channels },
    expects: { seed: seed * 4 + 3 - side, messages, sizes, channels },
    startUs: START_US,
    gapUs,
    burst: 2,
    ending,
  });
  const talkers: Talker[] = [];
  const join = (talker: Talker): Talker => {
    talkers.push(talker);
    return talker;
  };
  world.server.onConnection = connection => join(new Talker(connection, plan(2)));
  path.host.connect(connection => join(new Talker(connection, plan(1))));
  world.onlookers.push((bytes, from, to) => {
    talk.nanoseconds = (world.nowUs - START_US) * 1_000;
    const client = from === world.server ? to : from.address;
    talk.clientPort = client === 'elsewhere' ? 40_001 : 40_000;
    talk.udp(from === world.server ? 1 : 0, bytes);
  });
  if (moves) world.at(START_US + 300_000, () => world.move(path, 'elsewhere'));
  world.runUntil(() => talkers.length === 2 && talkers.every(({ closed }) => closed !== undefined), {
    untilUs: START_US + 100_000_000,
    steps: 200_000,
  });
  const analysis = talk.finish();
  const [report, ...others] = Array.from({ length: analysis.columns.udp.count }, (_, index) =>
    analysis.udp(index),
  );
  if (report?.rudp === undefined) throw new Error('not recognised');
  const [first, second] = talkers as [Talker, Talker];
  return {
    report: report as Seen['report'],
    others,
    truth: [first.connection.statistics, second.connection.statistics],
    lines: explainUdp(report).flatMap(({ title, lines }) => lines.map(line => `${title}: ${line}`)),
  };
}

describe.each(Object.keys(CONVERSATIONS))('%s', name => {
  const conversation = CONVERSATIONS[name] as Conversation;
  const seen = watch(5, conversation);
  const reports = [seen.report, ...seen.others];
  const sum = (pick: (rudp: RudpReport) => number): number =>
    reports.reduce((total, { rudp }) => total + (rudp === undefined ? 0 : pick(rudp)), 0);

  test('counts what the machines count', () => {
    for (const side of [0, 1] as const) {
      const own = seen.truth[side];
      const peer = seen.truth[side === 0 ? 1 : 0];
      expect(sum(({ sides }) => sides[side].packets)).toBeGreaterThanOrEqual(own.packetsSent);
      expect(sum(({ sides }) => sides[side].repairs)).toBe(own.repairSymbols);
      // The last ACKs that say so may have been lost, or never sent.
      const recomputed = sum(({ sides }) => sides[side === 0 ? 1 : 0].recomputed);
      expect(recomputed).toBeLessThanOrEqual(peer.repaired);
      expect(recomputed).toBeGreaterThanOrEqual(own.repairedByPeer);
    }
  });

  test('client, handshake and close', () => {
    const { handshake, close, connections } = seen.report.rudp;
    expect(seen.report).toMatchObject({ clientIs: 'init', server: { port: 50_007 } });
    expect(connections).toBe(1);
    expect(handshake).toMatchObject({ state: 'complete', init: { frame: 1 }, retry: { frame: 2 } });
    expect(handshake.totalNs).toBeGreaterThan(0);
    if (reports.length === 1) expect(close.state).toBe('closed');
  });

  test('JSON as the schema says, and a text without holes', () => {
    for (const report of reports) expect(problemsOf('udp', toJson(report))).toEqual([]);
    for (const line of seen.lines) expect(line).not.toMatch(/undefined|NaN|null|\[object/);
  });
});

test('every message counts once, and its bytes', () => {
  const { report, truth } = watch(9, CONVERSATIONS['large messages'] as Conversation);
  for (const side of [0, 1] as const) {
    expect(report.rudp.sides[side].messages).toBe(truth[side].messagesSent);
    expect(report.rudp.sides[side].unacknowledged).toBe(0);
  }
});

test('a client that moves: the second conversation is known by the ids, and has no handshake', () => {
  const { others, report } = watch(5, CONVERSATIONS['a client that moves'] as Conversation);
  expect(others).toHaveLength(1);
  expect(others[0]?.rudp?.handshake.state).toBe('unseen');
  expect(others[0]?.client.port).toBe(40_001);
  const kinds = [report, ...others].flatMap(({ rudp }) => rudp?.eventCounts.map(({ kind }) => kind) ?? []);
  expect(kinds).toContain('pathChallenge');
});

test('the round trip is that of the link, without what was held back', () => {
  const { report } = watch(3, {
    ...(CONVERSATIONS['sensors over a link that loses'] as Conversation),
    link: 'delay=20ms',
    gapUs: 50_000,
    messages: 60,
  });
  // The capture sees each packet when it is sent: from there to the ACK's sending is one way of the two.
  for (const { rtt } of report.rudp.sides) {
    expect(rtt?.p50Ns).toBeGreaterThanOrEqual(19_900_000);
    expect(rtt?.p50Ns).toBeLessThan(21_000_000);
  }
});
