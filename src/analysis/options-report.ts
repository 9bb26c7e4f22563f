/** TCP options of the handshake: who offered what, whether it was taken, and what it is for. */
import { OPTION_KIND, OTHER_KINDS, type SynOptions } from './columns-syn.ts';
import type { OptionReport } from './model.ts';
import { bytesText } from './words.ts';

type Name = OptionReport['name'];
type Outcome = OptionReport['outcome'];

interface Known {
  readonly name: Name;
  readonly kind: number;
  readonly numberOf?: (options: SynOptions) => number;
  readonly meaning: (option: Omit<OptionReport, 'meaning'>) => string;
}

/** What most systems take where nothing is said (RFC 9293 section 3.7.1: 536; IPv6: 1,220). */
const DEFAULT_MSS = 'without it 536 B over IPv4, 1,220 B over IPv6';

const OPTIONS: readonly Known[] = [
  {
    name: 'mss',
    kind: OPTION_KIND.mss,
    numberOf: options => options.mss,
    meaning: ({ outcome }) =>
      `the most payload that a segment may bring${outcome === 'each' ? '' : `; ${DEFAULT_MSS}`}`,
  },
  {
    name: 'window-scale',
    kind: OPTION_KIND.windowScale,
    numberOf: options => options.windowScale,
    meaning: ({ outcome, client, server }) =>
      outcome === 'taken'
        ? `the window field counts in units of ${bytesText(2 ** shift(client))} (client) and ${bytesText(2 ** shift(server))} (server), so that more than 64 KiB can be under way`
        : `${no(outcome)}windows stay below 64 KiB: at most that much can be under way in one round trip`,
  },
  {
    name: 'sack',
    kind: OPTION_KIND.sack,
    meaning: ({ outcome }) =>
      outcome === 'taken'
        ? 'after a loss the receiver says which bytes it has, and only the missing ones are sent again'
        : `${no(outcome)}after a loss the receiver can only say up to where it has everything`,
  },
  {
    name: 'timestamps',
    kind: OPTION_KIND.timestamps,
    meaning: ({ outcome }) =>
      outcome === 'taken'
        ? 'each segment says when it was sent (12 B each): round trips are measured, and old segments recognised'
        : `${no(outcome)}12 B less in each segment, and round trips measured only once a window`,
  },
  {
    name: 'fast-open',
    kind: OPTION_KIND.fastOpen,
    meaning: () => 'data may come with the SYN, one round trip earlier (RFC 7413)',
  },
  {
    name: 'multipath',
    kind: OPTION_KIND.multipath,
    meaning: ({ outcome }) => `${no(outcome)}one connection over several paths (RFC 8684)`,
  },
  {
    name: 'md5',
    kind: OPTION_KIND.md5,
    meaning: () => 'each segment is signed with a shared secret (RFC 2385), as routers do between them',
  },
  {
    name: 'authentication',
    kind: OPTION_KIND.authentication,
    meaning: () => 'each segment is signed with a shared secret (RFC 5925)',
  },
  {
    name: 'user-timeout',
    kind: OPTION_KIND.userTimeout,
    meaning: () => 'how long unacknowledged data may wait before the connection is given up (RFC 5482)',
  },
  { name: 'other', kind: OTHER_KINDS, meaning: () => 'an option that is not explained here' },
];

/** Those that one side said; each other one is left out, except the four that every system of today knows. */
export function optionsOf(client: SynOptions | undefined, server: SynOptions | undefined): OptionReport[] {
  if (client === undefined && server === undefined) return [];
  return OPTIONS.flatMap(known => {
    const isOffered = client?.has(known.kind) ?? false;
    const isAnswered = server?.has(known.kind) ?? false;
    if (!isOffered && !isAnswered) return [];
    const option = {
      name: known.name,
      kind: known.kind,
      client: isOffered && client !== undefined ? (known.numberOf?.(client) ?? null) : null,
      server: isAnswered && server !== undefined ? (known.numberOf?.(server) ?? null) : null,
      isOffered,
      isAnswered,
      outcome: outcomeOf(known.name, client, server, isOffered, isAnswered),
    };
    return [{ ...option, meaning: known.meaning(option) }];
  });
}

function outcomeOf(
  name: Name,
  client: SynOptions | undefined,
  server: SynOptions | undefined,
  isOffered: boolean,
  isAnswered: boolean,
): Outcome {
  if (client === undefined || server === undefined) return 'unknown';
  if (name === 'mss') return 'each';
  if (!isOffered) return 'unasked';
  return isAnswered ? 'taken' : 'refused';
}

function no(outcome: Outcome): string {
  return outcome === 'refused' ? 'the server does not want it: ' : '';
}

/** RFC 7323 section 2.3: a larger shift counts as 14. */
function shift(value: number | null): number {
  return Math.min(14, Math.max(0, value ?? 0));
}
