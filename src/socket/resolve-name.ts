/**
 * Everything that can be found out about a host's name: what this system says (getaddrinfo, with /etc/hosts) and what
 * DNS says, both families, canonical name, the names of each address, and how long each look-up took.
 *
 * No look-up waits longer than a limit, and none that fails spoils the others.
 */
import { lookup, lookupService, Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import { domainToASCII, domainToUnicode } from 'node:url';
import { UsageError } from '../errors/errors.ts';
import { type AddressKind, interfaceOf, kindOfAddress, reverseName, withoutZone } from './address-kind.ts';
import { systemCode } from './network-error.ts';
import { waitFor } from './waiters.ts';

/** Aliases of aliases that are followed; name servers give up at about as many. */
const MOST_ALIASES = 16;
/** Addresses whose names are looked up; large sites have some dozens of addresses, all alike. */
const MOST_REVERSED = 16;
/** Reverse look-ups at a time: the threads that Node.js has for the system's resolver. More would wait, and be measured waiting. */
const REVERSED_AT_ONCE = 4;

/** `getaddrinfo` and `getnameinfo` ask this system, the others DNS. */
export type Question =
  | 'getaddrinfo IPv4'
  | 'getaddrinfo IPv6'
  | 'A'
  | 'AAAA'
  | 'CNAME'
  | 'getnameinfo'
  | 'PTR';

/** One look-up. */
export interface Lookup {
  readonly question: Question;
  /** The name or address that was asked for. */
  readonly of: string;
  readonly ms: number;
  readonly answers: readonly string[];
  readonly error?: LookupError;
}

/** Why there is no answer. */
export interface LookupError {
  /** As Node.js and c-ares have it. */
  readonly code: string;
  readonly message: string;
  /** True where the answer may still come, and nobody waits for it. */
  readonly isGivenUp: boolean;
}

/** An address of the name. */
export interface ResolvedAddress extends AddressKind {
  readonly address: string;
  readonly family: 'IPv4' | 'IPv6';
  /** The interface of this machine that has it. */
  readonly interface: string | undefined;
  /** Who gave it: neither, where it was given to us. */
  readonly from: readonly ('system' | 'dns')[];
  /** Seconds for which DNS says that it holds. */
  readonly ttl: number | undefined;
  /** Its names, from this system and from DNS. */
  readonly names: readonly string[];
}

/** What was found. */
export interface Resolution {
  /** As it is written, and as DNS has it: other letters than those of ASCII become `xn--…` (RFC 5891). */
  readonly name: string;
  readonly ascii: string;
  /** The name that the aliases end at, in DNS; undefined where the name is none. */
  readonly canonical: string | undefined;
  /** From the name on, without the canonical one. */
  readonly aliases: readonly string[];
  readonly addresses: readonly ResolvedAddress[];
  /** In the order in which they were begun. */
  readonly lookups: readonly Lookup[];
  /** The name servers that were asked. */
  readonly servers: readonly string[];
}

/** How to look up. */
export interface ResolveOptions {
  /** Name servers as `IP` or `IP:PORT`; where there are none, those of this system. */
  readonly servers?: readonly string[];
  /** The most that one look-up may take. */
  readonly timeoutMs: number;
  /** Ends the look-ups that are under way: they fail. */
  readonly signal?: AbortSignal;
}

/**
 * Looks up a name, or the names of an IP address.
 * @throws UsageError SW_USAGE where it cannot be a name
 */
export async function resolveName(name: string, options: ResolveOptions): Promise<Resolution> {
  const ascii = isIP(name) === 0 ? domainToASCII(name) : name;
  if (ascii === '') throw new UsageError('SW_USAGE', `${JSON.stringify(name)} cannot be a host's name`);
  const run = new Run(options);
  const found = isIP(ascii) === 0 ? await run.forward(ascii) : given(ascii);
  const names = await run.reverse(found.addresses.map(({ address }) => address));
  run.cancel();
  return {
    name: isIP(name) === 0 ? domainToUnicode(ascii) : name,
    ascii,
    canonical: found.aliases.at(-1),
    aliases: found.aliases.length > 0 ? [ascii, ...found.aliases.slice(0, -1)] : [],
    addresses: found.addresses.map(one => ({
      ...one,
      ...kindOfAddress(one.address),
      family: isIP(one.address) === 6 ? 'IPv6' : 'IPv4',
      interface: interfaceOf(one.address),
      names: names.get(one.address) ?? [],
    })),
    lookups: run.lookups,
    servers: run.servers,
  };
}

type Source = Pick<ResolvedAddress, 'address' | 'from' | 'ttl'>;

interface Found {
  readonly addresses: readonly Source[];
  /** The targets of the aliases, one after the other. */
  readonly aliases: readonly string[];
}

function given(address: string): Found {
  return { addresses: [{ address, from: [], ttl: undefined }], aliases: [] };
}

/** The look-ups of one name. */
class Run {
  readonly lookups: Lookup[] = [];
  readonly #resolver: Resolver;
  readonly #options: ResolveOptions;

  constructor(options: ResolveOptions) {
    this.#options = options;
    this.#resolver = new Resolver({ timeout: Math.ceil(options.timeoutMs), tries: 1 });
    if (options.servers !== undefined && options.servers.length > 0) {
      this.#resolver.setServers(options.servers);
    }
  }

  get servers(): string[] {
    return this.#resolver.getServers();
  }

  /** Ends what DNS was asked and has not answered: nobody waits for it any more. */
  cancel(): void {
    this.#resolver.cancel();
  }

  async forward(name: string): Promise<Found> {
    const resolver = this.#resolver;
    const system = async (family: 4 | 6): Promise<string[]> =>
      (await lookup(name, { all: true, family })).map(({ address }) => address);
    const [system4, system6, dns4, dns6, aliases] = await Promise.all([
      this.#ask('getaddrinfo IPv4', name, () => system(4), String),
      this.#ask('getaddrinfo IPv6', name, () => system(6), String),
      this.#ask('A', name, () => resolver.resolve4(name, { ttl: true }), withTtl),
      this.#ask('AAAA', name, () => resolver.resolve6(name, { ttl: true }), withTtl),
      this.#aliases(name),
    ]);
    const fromSystem = new Set([...system4, ...system6]);
    const ttls = new Map([...dns4, ...dns6].map(({ address, ttl }) => [address, ttl]));
    const addresses = [...new Set([...fromSystem, ...ttls.keys()])].map(address => {
      const from = [fromSystem.has(address) && 'system', ttls.has(address) && 'dns'] as const;
      return { address, from: from.filter(one => one !== false), ttl: ttls.get(address) };
    });
    return { addresses, aliases };
  }

  /** The names that the name stands for, one after the other. */
  async #aliases(name: string): Promise<string[]> {
    const found: string[] = [];
    for (let next: string | undefined = name; next !== undefined && found.length < MOST_ALIASES; ) {
      const of: string = next;
      [next] = await this.#ask('CNAME', of, () => this.#resolver.resolveCname(of), String);
      if (next === name || (next !== undefined && found.includes(next))) break;
      if (next !== undefined) found.push(next);
    }
    return found;
  }

  /** The names of each address. */
  async reverse(addresses: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
    const names = new Map<string, readonly string[]>();
    const left = addresses.slice(0, MOST_REVERSED);
    const work = async (): Promise<void> => {
      for (let address = left.shift(); address !== undefined; address = left.shift()) {
        names.set(address, await this.#namesOf(address));
      }
    };
    await Promise.all(Array.from({ length: REVERSED_AT_ONCE }, work));
    return names;
  }

  async #namesOf(address: string): Promise<string[]> {
    const system = async (): Promise<string[]> => [(await lookupService(address, 0)).hostname];
    const [own, dns] = await Promise.all([
      this.#ask('getnameinfo', address, system, String),
      this.#ask('PTR', withoutZone(address), () => this.#resolver.resolvePtr(reverseName(address)), String),
    ]);
    return [...new Set([...own, ...dns])];
  }

  /** Asks, measures, and remembers; an error is an answer too. */
  async #ask<T>(
    question: Question,
    of: string,
    ask: () => Promise<readonly T[]>,
    show: (answer: T) => string,
  ): Promise<readonly T[]> {
    const { timeoutMs, signal } = this.#options;
    const index = this.lookups.length;
    const entry = { question, of };
    this.lookups.push({ ...entry, ms: 0, answers: [] });
    const startMs = performance.now();
    let answers: readonly T[] = [];
    let error: Lookup['error'];
    try {
      answers = await waitFor(ask(), timeoutMs, signal);
    } catch (cause) {
      error = explain(signal?.aborted ? 'ECANCELLED' : codeOf(cause), question, timeoutMs);
    }
    const ms = performance.now() - startMs;
    this.lookups[index] = { ...entry, ms, answers: answers.map(show), ...(error && { error }) };
    return answers;
  }
}

function withTtl({ address, ttl }: { readonly address: string; readonly ttl: number }): string {
  return `${address} (${ttl} s)`;
}

/** Our own limit and that of the resolver are the same to who waits. */
function codeOf(error: unknown): string {
  const code = systemCode(error);
  return code === 'SW_TIMEOUT' || code === 'ETIMEDOUT' ? 'ETIMEOUT' : code || 'EUNKNOWN';
}

const OF_SYSTEM: ReadonlySet<Question> = new Set(['getaddrinfo IPv4', 'getaddrinfo IPv6', 'getnameinfo']);

/** An error of a look-up in plain words. */
function explain(code: string, question: Question, timeoutMs: number): LookupError {
  const isSystem = OF_SYSTEM.has(question);
  const messages: Readonly<Record<string, string>> = {
    ENODATA: 'the name is there, but without such a record',
    ENOTFOUND: isSystem ? notKnown(question) : 'DNS has no such name',
    EAI_AGAIN: 'the name service does not answer',
    ETIMEOUT: `no answer within ${timeoutMs / 1000} s`,
    ECONNREFUSED: 'no name server listens there',
    ESERVFAIL: 'the name server could not find out',
    EREFUSED: 'the name server refuses to answer',
    EFORMERR: 'the name server did not understand the question',
    ENOTIMP: 'the name server cannot answer that',
    EBADNAME: 'DNS cannot have such a name',
    EBADRESP: 'the answer of the name server cannot be read',
    ECANCELLED: 'broken off',
  };
  const isGivenUp = code === 'ETIMEOUT' || code === 'ECANCELLED';
  return { code, message: messages[code] ?? 'it failed', isGivenUp };
}

function notKnown(question: Question): string {
  if (question === 'getnameinfo') return 'this system knows no name for it';
  return `this system knows no ${question === 'getaddrinfo IPv4' ? 'IPv4' : 'IPv6'} address for it`;
}
