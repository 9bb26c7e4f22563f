/**
 * `sensewire sockets --watch`: the states of sockets as a timeline. The tables are looked at again and again, since the
 * kernel tells of no change by itself; what is shorter than the time between two looks is said to be missed.
 */
import { systemClock } from '../../clock/system-clock.ts';
import type { SocketOwner } from '../../sockettable/owners.ts';
import { type ReadOptions, readSocketTables } from '../../sockettable/read-tables.ts';
import { compareSockets } from '../../sockettable/select.ts';
import { type Protocol, type SocketEntry, uniqueSockets } from '../../sockettable/socket-entry.ts';
import type { SocketState } from '../../sockettable/states.ts';
import { Timeline, type Transition } from '../../sockettable/timeline.ts';
import { readUserNames } from '../../sockettable/users.ts';
import { sleepUntil } from '../../time/clock.ts';
import { formatDuration } from '../../time/quantities.ts';
import type { SocketsFlags } from '../definitions/sockets.ts';
import { endSignal } from '../exit.ts';
import { ms, number, paint, printJson, Screen } from '../terminal.ts';
import { countStates, countsText, jsonOf, numberOf, userOf } from './sockets-output.ts';
import { OwnerMemory } from './sockets-owners.ts';
import { timelineText, timeWaitLeft } from './sockets-timeline.ts';

/** Short enough to see the steps of a connection that a person makes; a look takes the kernel some 1 to 3 ms. */
const DEFAULT_EVERY_US = 20_000;
/** Often enough that a countdown runs. */
const LIVE_EVERY_US = 250_000;
/** Unix sockets of a desktop come and go all the time: only where they are asked for. */
const DEFAULT_PROTOCOLS: ReadonlySet<Protocol> = new Set(['tcp', 'udp']);

/** Follows the sockets until a signal or `--for`. */
export async function watchSockets(
  asked: ReadOptions,
  states: ReadonlySet<SocketState> | undefined,
  flags: SocketsFlags,
): Promise<void> {
  const options = { ...asked, protocols: asked.protocols ?? DEFAULT_PROTOCOLS };
  const everyUs = flags.every ?? DEFAULT_EVERY_US;
  const watch = new Watch(options, states, flags, everyUs);
  const { signal, release } = endSignal();
  const endUs = watch.startUs + (flags.for ?? Number.POSITIVE_INFINITY);
  try {
    for (let nextUs = watch.startUs; nextUs < endUs; ) {
      watch.look();
      // A look that took long is not made up for.
      nextUs += everyUs * Math.max(1, Math.ceil((systemClock.monotonicUs() - nextUs) / everyUs));
      await sleepUntil(systemClock, Math.min(nextUs, endUs), signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    watch.screen.end();
    release();
  }
  watch.printSummary();
}

class Watch {
  readonly startUs = systemClock.monotonicUs();
  readonly screen = new Screen();
  readonly #options: ReadOptions;
  readonly #states: ReadonlySet<SocketState> | undefined;
  readonly #flags: SocketsFlags;
  readonly #everyUs: number;
  readonly #timeline = new Timeline();
  readonly #owners = new OwnerMemory(systemClock);
  readonly #users = readUserNames();
  #looks = 0;
  #lookedUs = this.startUs;
  #longestPauseUs = 0;
  #seen = 0;
  #changes = 0;
  #unreadableLines = 0;
  #nextLiveUs = 0;

  constructor(
    options: ReadOptions,
    states: ReadonlySet<SocketState> | undefined,
    flags: SocketsFlags,
    everyUs: number,
  ) {
    this.#options = options;
    this.#states = states;
    this.#flags = flags;
    this.#everyUs = everyUs;
  }

  /** Looks once, and prints what has changed. */
  look(): void {
    const nowUs = systemClock.monotonicUs();
    const wallUs = systemClock.wallUs();
    this.#longestPauseUs = Math.max(this.#longestPauseUs, nowUs - this.#lookedUs);
    this.#lookedUs = nowUs;
    let sockets = this.#read();
    if (this.#timeline.misses(sockets)) sockets = uniqueSockets([...sockets, ...this.#read()]);
    const changes = this.#timeline.look(sockets.sort(compareSockets));
    // Before new ones are looked for, which may have the same addresses.
    const lastOwners = this.#forget(changes.filter(({ kind }) => kind === 'gone'));
    this.#owners.update(sockets);
    if (this.#looks++ === 0) this.#sayStart(sockets);
    for (const change of changes.filter(one => this.#isWanted(one))) {
      if (change.kind === 'found' || change.kind === 'new') this.#seen++;
      if (change.kind !== 'found') this.#changes++;
      const owners = lastOwners.get(change) ?? this.#owners.of(change.socket);
      this.#print(change, owners, nowUs - this.startUs, wallUs);
    }
    if (nowUs >= this.#nextLiveUs || changes.length > 0) {
      this.#nextLiveUs = nowUs + LIVE_EVERY_US;
      if (!this.#flags.json && !this.#flags.quiet) this.screen.live(this.#liveText(sockets));
    }
  }

  #read(): SocketEntry[] {
    const { sockets, unreadableLines } = readSocketTables(this.#options);
    this.#unreadableLines += unreadableLines;
    return [...sockets];
  }

  /** Gives who had them. */
  #forget(gone: readonly Transition[]): ReadonlyMap<Transition, readonly SocketOwner[]> {
    const owners = new Map(gone.map(change => [change, this.#owners.of(change.socket)]));
    for (const { socket } of gone) this.#owners.forget(socket);
    return owners;
  }

  #isWanted({ from, to }: Transition): boolean {
    const states = this.#states;
    return states === undefined || [from, to].some(state => state !== undefined && states.has(state));
  }

  #print(change: Transition, owners: readonly SocketOwner[], sinceStartUs: number, wallUs: number): void {
    const { kind, socket, from = null, to = null, missed, direction = null, meaning } = change;
    if (this.#flags.json) {
      const fields = jsonOf({ socket, owners, user: userOf(socket, this.#users) });
      if (kind === 'found') return printJson('socket', fields);
      const at = { seconds: sinceStartUs / 1e6, time: new Date(wallUs / 1_000).toISOString() };
      return printJson('transition', { ...at, kind, from, to, missed, direction, meaning, ...fields });
    }
    this.screen.end();
    const { isTTY, columns } = process.stdout;
    process.stdout.write(timelineText(change, owners, { sinceStartUs, wallUs }, isTTY ? columns : undefined));
  }

  #sayStart(sockets: readonly SocketEntry[]): void {
    const everyMs = ms(this.#everyUs);
    if (this.#flags.json) printJson('watching', { every_ms: everyMs, sockets: sockets.length });
    if (this.#flags.json || this.#flags.quiet) return;
    const { port } = this.#options;
    const what = port === undefined ? 'all sockets' : `port ${port}`;
    const end = this.#flags.for === undefined ? 'until Ctrl-C' : `for ${formatDuration(this.#flags.for)}`;
    const now = sockets.length === 0 ? '; nothing is there yet' : '';
    this.screen.log(
      `${paint('green', 'watching')} ${what} every ${formatDuration(this.#everyUs)}, ${end}${now}`,
    );
  }

  #liveText(sockets: readonly SocketEntry[]): string {
    const left = timeWaitLeft(sockets);
    const countdown = left === undefined ? '' : ` · TIME_WAIT for ${left} s more`;
    const since = ((systemClock.monotonicUs() - this.startUs) / 1e6).toFixed(1);
    return `+${since}s · ${countsText(sockets) || 'no sockets'}${countdown}`;
  }

  printSummary(): void {
    const sockets = this.#timeline.sockets;
    const seconds = (systemClock.monotonicUs() - this.startUs) / 1e6;
    if (this.#flags.json) {
      printJson('summary', {
        sockets: this.#seen,
        transitions: this.#changes,
        left: sockets.length,
        states: countStates(sockets),
        looks: this.#looks,
        every_ms: ms(this.#everyUs),
        longest_pause_ms: ms(this.#longestPauseUs),
        unreadable_lines: this.#unreadableLines,
        seconds: Number(seconds.toFixed(3)),
      });
      return;
    }
    const left = sockets.length === 0 ? 'none is left' : `still there: ${countsText(sockets)}`;
    const lines = [
      `${numberOf(this.#seen, 'socket')} and ${numberOf(this.#changes, 'change')} in ${number(seconds)} s; ${left}`,
      `${numberOf(this.#looks, 'look')}, at most ${formatDuration(this.#longestPauseUs)} apart: what lived shorter may not have been seen`,
      ...(this.#unreadableLines > 0
        ? [`${numberOf(this.#unreadableLines, 'line')} of the kernel's tables could not be read`]
        : []),
    ];
    process.stdout.write(`${lines.join('\n')}\n`);
  }
}
