/** The report of reliable UDP in one conversation, from its journal. */
import type { Columns } from './columns.ts';
import type { HandshakeFrame } from './model.ts';
import type { PacketFacts } from './rudp-facts.ts';
import type { RudpJournal } from './rudp-journal.ts';
import type {
  RoundTripSeries,
  RudpClose,
  RudpEvent,
  RudpHandshake,
  RudpReport,
  RudpSide,
} from './rudp-model.ts';
import type { RudpConnection } from './telemetry-decode-rudp.ts';

/** As many as a line of a screen has room for. */
const HISTOGRAM_BINS = 24;
/** The order in which they are told. */
const EVENTS: readonly RudpEvent[] = [
  'retransmission',
  'spuriousRetransmission',
  'gap',
  'recomputed',
  'copy',
  'repeatedHandshake',
  'pathChallenge',
  'reset',
  'damaged',
];

/** @param hasSeries columns for plots, too */
export function rudpReport(
  columns: Columns,
  connection: RudpConnection,
  journal: RudpJournal,
  hasSeries = false,
): RudpReport {
  const series = (side: 0 | 1): RoundTripSeries => {
    const { frames, times } = journal.roundTrips[side];
    return {
      timesNs: Float64Array.from(frames, frame => columns.timeOf(frame - 1)),
      rttsNs: Float64Array.from(times),
    };
  };
  return {
    connections: Math.max(1, journal.connections),
    handshake: handshakeOf(columns, journal),
    sides: [sideOf(connection, journal, 0), sideOf(connection, journal, 1)],
    events: journal.events.map(event => ({ ...event, timeNs: columns.timeOf(event.frame - 1) })),
    eventsLeftOut: journal.eventsInAll - journal.events.length,
    eventCounts: EVENTS.flatMap(kind => {
      const [client = 0, server = 0] = journal.counts.get(kind) ?? [];
      return client + server === 0 ? [] : [{ kind, count: client + server, client, server }];
    }),
    close: closeOf(journal),
    damaged: journal.damaged,
    ...(hasSeries && { roundTrips: [series(0), series(1)] }),
  };
}

function handshakeOf(columns: Columns, journal: RudpJournal): RudpHandshake {
  const { init, retry, cookie, accept, repeated } = journal;
  const frame = (facts: PacketFacts | undefined): HandshakeFrame | null =>
    facts === undefined ? null : { frame: facts.frame, timeNs: columns.timeOf(facts.frame - 1) };
  const first = init ?? cookie;
  return {
    state: stateOf(journal),
    init: frame(init),
    retry: frame(retry),
    cookie: frame(cookie),
    accept: frame(accept),
    repeated,
    totalNs: first === undefined || accept === undefined ? null : accept.timeNs - first.timeNs,
    clientId: (first ?? accept)?.clientId ?? null,
    serverId: accept?.serverId ?? null,
    earlyMessages: cookie?.messages ?? 0,
  };
}

function stateOf({ init, retry, cookie, accept, version }: RudpJournal): RudpHandshake['state'] {
  if (accept !== undefined) return (init ?? cookie) === undefined ? 'partial' : 'complete';
  if (version !== undefined) return 'refused';
  if (retry !== undefined || cookie !== undefined) return 'partial';
  return init === undefined ? 'unseen' : 'unanswered';
}

function sideOf(connection: RudpConnection, journal: RudpJournal, from: 0 | 1): RudpSide {
  const tally = journal.tallies[from];
  const { observer } = connection;
  const { lostAfter, lostBefore, unseen } = observer.counts(from);
  return {
    packets: tally.packets,
    numbered: tally.numbered,
    lostAfter,
    lostBefore,
    unseen,
    copies: tally.copies,
    messages: tally.messages,
    messageBytes: tally.messageBytes,
    messageSize: tally.sizes.sizes(),
    periodNs: tally.periods.times(),
    isRegular: tally.periods.isRegular,
    fragments: tally.fragments,
    sentAgain: tally.sentAgain,
    sentAgainBytes: tally.sentAgainBytes,
    unacknowledged: connection.unacknowledged(from),
    acks: tally.acks,
    pureAcks: tally.pureAcks,
    acknowledged: tally.acknowledged,
    ackDelayNs: tally.ackDelays.times(),
    asks: tally.asks,
    repairs: tally.repairs,
    repairsAlone: tally.repairsAlone,
    repairBytes: tally.repairBytes,
    repairWindow: tally.repairWindow,
    recomputed: tally.recomputed,
    pings: tally.pings,
    rtt: tally.rtts.times(),
    rttHistogram: tally.rtts.histogram(HISTOGRAM_BINS),
    limitShare: observer.peakShare(from),
    limitsRaised: tally.limitsRaised,
    parameters: tally.parameters,
  };
}

function closeOf(journal: RudpJournal): RudpClose {
  const [client, server] = journal.closes;
  const [clientEnd, serverEnd] = journal.ends;
  const both = [client, server].filter(close => close !== undefined);
  const [first] = both.sort((left, right) => left.frame - right.frame);
  return {
    state:
      both.length === 2
        ? 'closed'
        : both.length === 1
          ? 'half'
          : journal.reset === undefined
            ? 'open'
            : 'reset',
    by: first === undefined ? null : first.from === 0 ? 'client' : 'server',
    clientClose: client?.frame ?? null,
    serverClose: server?.frame ?? null,
    clientEnd: clientEnd?.frame ?? null,
    serverEnd: serverEnd?.frame ?? null,
    reset: journal.reset?.frame ?? null,
    code: first?.code ?? null,
    reason: first?.reason ?? '',
    durationNs: first === undefined ? null : journal.lastCloseNs - first.timeNs,
  };
}
