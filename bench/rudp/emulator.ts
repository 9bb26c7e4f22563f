/**
 * Programs at the two ends of an emulated link: `linkem.c` between two network namespaces, which is no part of this
 * project. Needs root and a C compiler.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, type Workbench } from '../harness/workbench.ts';

/** Addresses of the two ends, on every link: the senders are at the near end, the receivers at the far one. */
export const NEAR_END = '10.99.0.1';
export const FAR_END = '10.99.0.2';
/** What listens is loaded and listening within this. */
const HEAD_START_MS = 1_500;
/** Of a command's errors, for the message where it failed. */
const KEPT_LETTERS = 2_000;
/** To wind up, once it is told to; it gives its commands two seconds. */
const WINDS_UP_MS = 10_000;

/** What runs on a link. Commands are lines for `sh`. */
export interface Run {
  /** Of both directions, as the emulator writes it: `delay=20ms,loss=5%`. */
  readonly link: string;
  readonly seed: number;
  /** At the far end, from the beginning. */
  readonly receivers: readonly string[];
  /** At the near end, once the receivers are there. */
  readonly senders: readonly string[];
  /** Whose end is the end of the run: the near end's, the far end's or both. */
  readonly until: 'a' | 'b' | 'all';
  /** Seconds that the senders have at most. */
  readonly limitS: number;
  /** Where to capture what the link delivers: IP packets with nanoseconds. */
  readonly captureTo?: string | undefined;
}

/** Of one direction: packets and IP bytes that came to the link, and packets that its queue had no room for. */
export interface Direction {
  readonly packets: number;
  readonly bytes: number;
  readonly queueDrops: number;
}

export interface LinkCounters {
  /** From the near end to the far end. */
  readonly there: Direction;
  readonly back: Direction;
  /** True where the limit ended it. */
  readonly isCut: boolean;
}

export class Emulator {
  readonly #workbench: Workbench;
  readonly #source: string;
  #program: string | undefined;

  /** @param source linkem.c */
  constructor(workbench: Workbench, source: string) {
    this.#workbench = workbench;
    this.#source = source;
  }

  /** Runs the commands on a link, until they end or are cut. @throws Error where the emulator fails */
  async run(run: Run): Promise<LinkCounters> {
    const counters = this.#workbench.path('counters.json');
    const mostS = HEAD_START_MS / 1_000 + run.limitS;
    const args = [
      ...['--both', run.link, '--seed', `${run.seed}`, '--gap', `${HEAD_START_MS}`, '--max', `${mostS}`],
      ...['--until', run.until, '--json', counters],
      ...run.receivers.flatMap(command => ['--b', command]),
      ...run.senders.flatMap(command => ['--a', command]),
      ...(run.captureTo === undefined ? [] : ['--pcap-out', run.captureTo]),
    ];
    await this.#spawn(args, mostS * 1_000 + WINDS_UP_MS);
    const { t, ab, ba } = JSON.parse(readFileSync(counters, 'utf8')) as WrittenCounters;
    return { there: directionOf(ab), back: directionOf(ba), isCut: t >= mostS };
  }

  async #spawn(args: readonly string[], patienceMs: number): Promise<void> {
    this.#program ??= this.#build();
    const child = spawn(this.#program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    // Asked politely, it ends its commands too; killed, it leaves some of them behind.
    const stop = (): void => void child.kill('SIGTERM');
    process.once('exit', stop);
    const timer = setTimeout(stop, patienceMs);
    try {
      let errors = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        errors = (errors + text).slice(-KEPT_LETTERS);
      });
      const code = await new Promise((resolve, reject) => child.once('close', resolve).once('error', reject));
      if (code !== 0) throw new Error(`the link emulator ended with ${code}: ${errors.trim()}`);
    } finally {
      clearTimeout(timer);
      process.off('exit', stop);
    }
  }

  #build(): string {
    if (process.getuid?.() !== 0)
      throw new Error('an emulated link needs root, for network namespaces: use sudo');
    if (!existsSync(this.#source))
      throw new Error(
        `there is no link emulator at ${this.#source}: say where linkem.c is with --emulator FILE`,
      );
    const program = this.#workbench.path('linkem');
    const built = spawnSync('cc', ['-O2', '-o', program, this.#source, '-lm'], { encoding: 'utf8' });
    if (built.status !== 0)
      throw new Error(`the link emulator needs a C compiler (Debian: gcc): ${built.stderr ?? built.error}`);
    return program;
  }
}

type WrittenCounters = { readonly t: number } & Readonly<
  Record<'ab' | 'ba', Readonly<Record<'in_p' | 'in_b' | 'queue_p', number>>>
>;

function directionOf({ in_p, in_b, queue_p }: WrittenCounters['ab']): Direction {
  return { packets: in_p, bytes: in_b, queueDrops: queue_p };
}

/** Our command line as a line for `sh`. */
export function ours(...words: readonly (string | number)[]): string {
  return line(process.execPath, join(ROOT, 'bin/sensewire.cjs'), ...words);
}

/** A command as a line for `sh`, whatever its words hold. */
export function line(...words: readonly (string | number)[]): string {
  return words.map(word => `'${`${word}`.replaceAll("'", "'\\''")}'`).join(' ');
}

/** What a command has written. */
export function linesOf(path: string): string[] {
  const text = existsSync(path) ? readFileSync(path, 'utf8').trim() : '';
  return text === '' ? [] : text.split('\n');
}

/** Where to look when a command has not done what it should. */
export function failureOf(what: string, errors: string): Error {
  return new Error([what, ...linesOf(errors)].join('\n  ').slice(0, KEPT_LETTERS));
}

/**
 * TCP connections of the near end that begin after this line have this congestion control. By the route, since a network
 * namespace's setting takes only those that the machine allows to everyone, and that may be any of them.
 */
export function chooseCongestion(name: string): string {
  return line('ip', 'route', 'replace', `${FAR_END}/32`, 'dev', 'tun0', 'congctl', name);
}

/** Why a congestion control of TCP cannot be had here, or undefined. */
export function congestionMissing(name: string): string | undefined {
  const available = readFileSync('/proc/sys/net/ipv4/tcp_available_congestion_control', 'utf8');
  return available.trim().split(' ').includes(name) ? undefined : `not available: modprobe tcp_${name}`;
}
