/**
 * The tables that `sensewire sockets` prints: one of TCP and UDP, one of Unix sockets.
 */
import type { SocketEntry, SocketTimer } from '../../sockettable/socket-entry.ts';
import { formatDuration } from '../../time/quantities.ts';
import { number, plain } from '../terminal.ts';
import {
  commandOf,
  cut,
  formatEndpoint,
  lengthOf,
  type OwnedSocket,
  othersOf,
  paintOut,
  paintState,
} from './sockets-output.ts';

interface Column {
  readonly title: string;
  readonly cell: (one: OwnedSocket) => string;
  readonly isRight?: true;
  /** Left out where there is no room: the smallest number first. */
  readonly dropOrder?: number;
  /** Not left out where one of its cells is something else. */
  readonly dropsOnly?: readonly string[];
  /** Letters to which it may be cut where there is no room: before others are left out, and when none is left to leave out. */
  readonly shrinksTo?: readonly [comfortable: number, least: number];
}

/** A column with what is in it. */
interface FilledColumn {
  readonly column: Column;
  readonly cells: readonly string[];
  readonly width: number;
}

const GAP = '  ';
/** Enough to tell two calls of a program apart; enough to recognise one, where an exercise has to fit 80 columns. */
const COMMAND_WIDTHS = [24, 8] as const;
/** What a queue is most of the time. */
const EMPTY_QUEUE = ['0', '–'] as const;

const STATE: Column = { title: 'STATE', cell: ({ socket }) => socket.state };
const INODE: Column = {
  title: 'INODE',
  cell: ({ socket }) => (socket.inode === 0 ? '' : String(socket.inode)),
  isRight: true,
  dropOrder: 1,
};
const OWNER: readonly Column[] = [
  { title: 'PID', cell: ({ owners }) => pidOf(owners), isRight: true },
  { title: 'FD', cell: ({ owners }) => String(owners[0]?.fd ?? ''), isRight: true, dropOrder: 2 },
  { title: 'COMMAND', cell: ({ owners }) => commandOf(owners), shrinksTo: COMMAND_WIDTHS },
];

const INET_COLUMNS: readonly Column[] = [
  { title: 'NET', cell: ({ socket }) => socket.protocol },
  STATE,
  {
    title: 'RECV',
    cell: ({ socket }) => queue(socket, 'receiveQueueBytes'),
    isRight: true,
    dropOrder: 4,
    dropsOnly: EMPTY_QUEUE,
  },
  {
    title: 'SEND',
    cell: ({ socket }) => queue(socket, 'sendQueueBytes'),
    isRight: true,
    dropOrder: 4,
    dropsOnly: EMPTY_QUEUE,
  },
  { title: 'LOCAL', cell: ({ socket }) => (socket.protocol === 'unix' ? '' : formatEndpoint(socket.local)) },
  {
    title: 'REMOTE',
    cell: ({ socket }) => (socket.protocol === 'unix' ? '' : formatEndpoint(socket.remote)),
  },
  { title: 'DETAIL', cell: ({ socket }) => detailOf(socket) },
  { title: 'USER', cell: ({ user }) => plain(user ?? ''), dropOrder: 3 },
  INODE,
  ...OWNER,
];

const UNIX_COLUMNS: readonly Column[] = [
  { title: 'NET', cell: ({ socket }) => socket.protocol },
  { title: 'TYPE', cell: ({ socket }) => (socket.protocol === 'unix' ? socket.type : '') },
  STATE,
  { title: 'DETAIL', cell: ({ socket }) => detailOf(socket) },
  INODE,
  ...OWNER,
  { title: 'PATH', cell: ({ socket }) => (socket.protocol === 'unix' ? plain(socket.path) : '') },
];

/**
 * The sockets as text, with headings.
 * @param columns letters a line; undefined: as many as it takes, since a program reads it
 */
export function socketTables(sockets: readonly OwnedSocket[], columns: number | undefined): string {
  const isUnix = ({ socket }: OwnedSocket): boolean => socket.protocol === 'unix';
  const inet = sockets.filter(one => !isUnix(one));
  const unix = sockets.filter(isUnix);
  return [
    ...(inet.length > 0 ? [formatTable(inet, INET_COLUMNS, columns)] : []),
    ...(unix.length > 0 ? [formatTable(unix, UNIX_COLUMNS, columns)] : []),
  ].join('\n');
}

function formatTable(
  rows: readonly OwnedSocket[],
  allColumns: readonly Column[],
  room: number | undefined,
): string {
  const filled = allColumns
    .map(column => {
      const cells = rows.map(column.cell);
      return { column, cells, width: longest([column.title, ...cells]) };
    })
    .filter(({ cells }) => cells.some(cell => cell !== ''));
  const fitted = room === undefined ? filled : fitColumns(filled, room);
  const line = (texts: readonly string[], paint: (text: string, column: Column) => string): string =>
    fitted
      .map(({ column, width }, index) => {
        const text = cut(texts[index] as string, width);
        const space = ' '.repeat(width - lengthOf(text));
        const painted = paint(text, column);
        return column.isRight ? space + painted : painted + space;
      })
      .join(GAP)
      .trimEnd();
  const heading = line(
    fitted.map(({ column }) => column.title),
    text => paintOut('dim', text),
  );
  const body = rows.map((one, row) =>
    line(
      fitted.map(({ cells }) => cells[row] as string),
      (text, column) => (column === STATE ? paintState(one.socket.state, text) : text),
    ),
  );
  return [heading, ...body, ''].join('\n');
}

/** Takes room from commands, then leaves columns out; addresses are never cut, since half of one is none. */
function fitColumns(columns: readonly FilledColumn[], room: number): readonly FilledColumn[] {
  const shrunk = shrink(columns, room, 0);
  const next = Math.min(...columns.map(dropOrderOf));
  if (widthOf(shrunk) <= room) return shrunk;
  if (next === Number.POSITIVE_INFINITY) return shrink(columns, room, 1);
  return fitColumns(
    columns.filter(one => dropOrderOf(one) !== next),
    room,
  );
}

function shrink(columns: readonly FilledColumn[], room: number, step: 0 | 1): readonly FilledColumn[] {
  const excess = Math.max(0, widthOf(columns) - room);
  return columns.map(one => {
    const least = Math.min(one.column.shrinksTo?.[step] ?? one.width, one.width);
    return { ...one, width: Math.max(least, one.width - excess) };
  });
}

function widthOf(columns: readonly FilledColumn[]): number {
  return columns.reduce((sum, { width }) => sum + width + GAP.length, -GAP.length);
}

function dropOrderOf({ column: { dropOrder, dropsOnly }, cells }: FilledColumn): number {
  const isNeeded = dropsOnly !== undefined && cells.some(cell => !dropsOnly.includes(cell));
  return dropOrder === undefined || isNeeded ? Number.POSITIVE_INFINITY : dropOrder;
}

function queue(socket: SocketEntry, name: 'receiveQueueBytes' | 'sendQueueBytes'): string {
  return socket.protocol === 'unix' ? '' : String(socket[name] ?? '–');
}

/** What there is to say of few: timers, connections to accept, datagrams dropped. */
function detailOf(socket: SocketEntry): string {
  const { waiting = 0 } = socket;
  if (waiting > 0) return `${number(waiting)} to accept`;
  if (socket.protocol === 'unix') return '';
  if (socket.timer !== undefined) return timerText(socket.timer);
  return (socket.drops ?? 0) > 0 ? `${number(socket.drops as number)} dropped` : '';
}

/** `42.1 s left`, `retransmit 200 ms ×3`. */
function timerText({ kind, leftMs, count }: SocketTimer): string {
  if (kind === 'time-wait') return `${formatDuration(leftMs * 1_000)} left`;
  return `${kind} ${formatDuration(leftMs * 1_000)}${count > 0 ? ` ×${number(count)}` : ''}`;
}

function pidOf(owners: OwnedSocket['owners']): string {
  const [first] = owners;
  if (first === undefined) return '';
  const more = othersOf(owners);
  return more > 0 ? `${first.pid}+${more}` : String(first.pid);
}

/** Not Math.max with so many arguments: there may be a hundred thousand sockets. */
function longest(texts: readonly string[]): number {
  return texts.reduce((most, text) => Math.max(most, lengthOf(text)), 0);
}
