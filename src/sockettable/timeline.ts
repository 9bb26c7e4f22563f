/**
 * What has changed from one look at the tables to the next. Pure: whoever looks reads the tables and knows the time.
 */
import { meaningOf } from './meaning.ts';
import { rankOf } from './select.ts';
import { type Endpoint, type InetSocket, keyOf, type SocketEntry } from './socket-entry.ts';
import type { SocketState } from './states.ts';
import { type Direction, statesBetween } from './tcp-life.ts';

/**
 * `found` at the first look; `new` and `gone` since the one before; `changed` its state; `accepted`: a program has taken a
 * connection that the kernel had made for it.
 */
export type TransitionKind = 'found' | 'new' | 'changed' | 'accepted' | 'gone';

export interface Transition {
  readonly kind: TransitionKind;
  /** The socket as it was seen last. */
  readonly socket: SocketEntry;
  /** Undefined: it was not there. */
  readonly from: SocketState | undefined;
  /** Undefined: it is not there any more. */
  readonly to: SocketState | undefined;
  /** States that it must have passed between the two looks, the usual way where there are several. */
  readonly missed: readonly SocketState[];
  /** Who asked for the connection; undefined where that is not known, or there is none. */
  readonly direction: Direction | undefined;
  /** What it means, in one plain phrase. */
  readonly meaning: string;
}

interface Watched {
  readonly socket: SocketEntry;
  readonly direction: Direction | undefined;
}

/** Follows sockets through their states. */
export class Timeline {
  #watched: ReadonlyMap<string, Watched> | undefined;

  /** The sockets of the latest look. */
  get sockets(): readonly SocketEntry[] {
    return [...(this.#watched?.values() ?? [])].map(({ socket }) => socket);
  }

  /**
   * True where a socket of the look before is not among these. A table that changes while it is read may lack a socket that
   * is there: look once more before you believe it.
   */
  misses(sockets: readonly SocketEntry[]): boolean {
    const keys = new Set(sockets.map(keyOf));
    return [...(this.#watched?.keys() ?? [])].some(key => !keys.has(key));
  }

  /** Takes all sockets that are there now, each once, and gives what has changed, in the order of a connection's life. */
  look(sockets: readonly SocketEntry[]): Transition[] {
    const before = this.#watched ?? new Map<string, Watched>();
    const appears = this.#watched === undefined ? 'found' : 'new';
    // A program may stop listening as soon as it has accepted.
    const listeners = [...before.values()]
      .map(({ socket }) => socket)
      .concat(sockets)
      .filter(isListener);
    const replaced: Transition[] = [];
    const transitions: Transition[] = [];
    const now = new Map<string, Watched>();
    for (const socket of sockets) {
      const key = keyOf(socket);
      const was = before.get(key);
      const isSame = was !== undefined && canBecome(was, socket);
      if (was !== undefined && !isSame) replaced.push(transition('gone', was, was.socket.state, undefined));
      const direction = isSame ? was.direction : directionOf(socket, listeners, appears === 'found');
      const watched: Watched = { socket, direction };
      now.set(key, watched);
      if (!isSame) transitions.push(transition(appears, watched, undefined, socket.state));
      else if (was.socket.state !== socket.state) {
        transitions.push(transition('changed', watched, was.socket.state, socket.state));
      } else if (was.socket.inode === 0 && socket.inode !== 0) {
        transitions.push(transition('accepted', watched, socket.state, socket.state));
      }
    }
    for (const [key, was] of before) {
      if (!now.has(key)) transitions.push(transition('gone', was, was.socket.state, undefined));
    }
    this.#watched = now;
    return [...replaced, ...transitions.sort((one, other) => placeOf(one) - placeOf(other))];
  }
}

/** Nothing tells in which order things happened between two looks: the order of a connection's life is the likely one. */
function placeOf({ to }: Transition): number {
  return to === undefined ? Number.MAX_SAFE_INTEGER : rankOf(to);
}

function transition(
  kind: TransitionKind,
  { socket, direction }: Watched,
  from: SocketState | undefined,
  to: SocketState | undefined,
): Transition {
  const isTcp = socket.protocol === 'tcp' && (kind === 'new' || kind === 'changed');
  const missed = (isTcp && to !== undefined && statesBetween(from, to, direction)) || [];
  return { kind, socket, from, to, missed, direction, meaning: meaningOf(socket, from, to) };
}

/** False where the addresses are those of an earlier connection. */
function canBecome({ socket: was, direction }: Watched, now: SocketEntry): boolean {
  if (was.inode !== 0 && now.inode !== 0 && was.inode !== now.inode) return false;
  if (was.protocol !== 'tcp' || was.state === now.state) return true;
  return statesBetween(was.state, now.state, direction) !== undefined;
}

function isListener(socket: SocketEntry): socket is InetSocket {
  return socket.protocol === 'tcp' && socket.state === 'LISTEN';
}

function directionOf(
  socket: SocketEntry,
  listeners: readonly InetSocket[],
  isFirstLook: boolean,
): Direction | undefined {
  if (socket.protocol !== 'tcp' || socket.remote.port === 0) return undefined;
  if (socket.state === 'SYN_SENT') return 'out';
  if (/SYN_RECV$/.test(socket.state) || listeners.some(one => reaches(one.local, socket.local))) return 'in';
  if (listeners.some(one => reaches(one.local, socket.remote))) return 'out';
  // Its listener may have been there before the first look; one that came later would have been seen.
  return isFirstLook ? undefined : 'out';
}

/** True where who listens at one endpoint can be reached at the other. */
function reaches(listener: Endpoint, end: Endpoint): boolean {
  const isAny = listener.address === '0.0.0.0' || listener.address === '::';
  return listener.port === end.port && (isAny || listener.address === end.address);
}
