/**
 * A change of state as text for people: when, which socket, from what to what, and what that means.
 */
import type { SocketOwner } from '../../sockettable/owners.ts';
import type { SocketEntry } from '../../sockettable/socket-entry.ts';
import type { Transition } from '../../sockettable/timeline.ts';
import { plain } from '../terminal.ts';
import { commandOf, cut, formatEndpoint, lengthOf, paintOut, paintState } from './sockets-output.ts';

/** Less does not hold when, who, what and the meaning side by side: the meaning then goes below. */
const LEAST_COLUMNS = 160;
/** Two IPv4 addresses with their ports, as in most exercises. */
const ENDS_WIDTH = 33;
/** `ESTABLISHED → CLOSE_WAIT`, and longer ones. */
const STATES_WIDTH = 25;
const GAP = '  ';
const INDENT = '    ';
const ARROWS = { in: '←', out: '→', unknown: '–' } as const;

/** When something was seen: since the start, and by the clock on the wall. */
export interface Moment {
  readonly sinceStartUs: number;
  readonly wallUs: number;
}

/**
 * The text of a change: one line, or on a narrow terminal several.
 * @param columns letters a line; undefined: as many as it takes, since a program reads it
 */
export function timelineText(
  change: Transition,
  owners: readonly SocketOwner[],
  moment: Moment,
  columns: number | undefined,
): string {
  const when = `${clockTime(moment.wallUs)}${GAP}${`+${(moment.sinceStartUs / 1e6).toFixed(3)}s`.padStart(8)}`;
  const ends = `${change.socket.protocol.padEnd(4)} ${endsOf(change)}`;
  const states = statesOf(change);
  const who = owners[0] === undefined ? '' : `[${owners[0].pid}] ${commandOf(owners)}`;
  const missed = change.missed.length > 0 ? `; passed between two looks: ${change.missed.join(', ')}` : '';
  const meaning = change.meaning + missed;
  if (columns === undefined || columns >= LEAST_COLUMNS) {
    const what = [ends.padEnd(5 + ENDS_WIDTH), states, meaning].join(GAP);
    return `${paintOut('dim', when)}${GAP}${what}${who && GAP + paintOut('dim', who)}\n`;
  }
  const room = columns - lengthOf(when + GAP + ends + GAP);
  const shownWho = who !== '' && room > 0 ? GAP + paintOut('dim', cut(who, room)) : '';
  const margin = lengthOf(INDENT) + STATES_WIDTH + lengthOf(GAP);
  const below = wrap(meaning, columns - margin).join(`\n${' '.repeat(margin)}`);
  return `${paintOut('dim', when)}${GAP}${ends}${shownWho}\n${INDENT}${states}${GAP}${below}\n`;
}

function endsOf({ socket, direction }: Transition): string {
  if (socket.protocol === 'unix') return plain(socket.path) || `(no path, inode ${socket.inode})`;
  const local = formatEndpoint(socket.local);
  if (socket.remote.port === 0) return local;
  return `${local} ${ARROWS[direction ?? 'unknown']} ${formatEndpoint(socket.remote)}`;
}

/** `ESTABLISHED → CLOSE_WAIT`, padded; `new` and `gone` at the ends of a life. */
function statesOf({ kind, from, to }: Transition): string {
  const [left, right] = [from ?? 'new', kind === 'accepted' ? 'accepted' : (to ?? 'gone')];
  const isFound = kind === 'found';
  const space = ' '.repeat(Math.max(0, STATES_WIDTH - lengthOf(isFound ? right : `${left} → ${right}`)));
  const shownRight = to === undefined ? right : paintState(to, right);
  if (isFound) return shownRight + space;
  return `${from === undefined ? left : paintState(from, left)} → ${shownRight}${space}`;
}

/** Breaks a text between words into lines of at most so many letters, where its words allow. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || lengthOf(last) + 1 + lengthOf(word) > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

/** Local time, to the millisecond: `12:03:04.567`. */
function clockTime(wallUs: number): string {
  const date = new Date(wallUs / 1_000);
  const [hours, minutes, seconds] = [date.getHours(), date.getMinutes(), date.getSeconds()].map(value =>
    String(value).padStart(2, '0'),
  );
  return `${hours}:${minutes}:${seconds}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

/** Seconds that the longest TIME_WAIT has left; undefined where there is none. */
export function timeWaitLeft(sockets: readonly SocketEntry[]): number | undefined {
  let most: number | undefined;
  for (const socket of sockets) {
    if (socket.protocol === 'unix' || socket.state !== 'TIME_WAIT') continue;
    most = Math.max(most ?? 0, Math.ceil((socket.timer?.leftMs ?? 0) / 1_000));
  }
  return most;
}
