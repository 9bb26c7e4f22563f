/**
 * What `sensewire serve` prints: who came and went, records, the summary.
 */
import { toHex } from '../../bytes/hex.ts';
import { systemClock } from '../../clock/system-clock.ts';
import type { ServerNotice, ServerSnapshot } from '../../services/notices.ts';
import type { Service } from '../../services/service.ts';
import type { StructRecord } from '../../services/struct-records.ts';
import { formatDuration } from '../../time/quantities.ts';
import type { ServeFlags } from '../definitions/serve.ts';
import { snakeCased } from '../json-fields.ts';
import { NoticeLimit } from '../notice-limit.ts';
import { jsonOf, textOf } from '../struct-values.ts';
import { number, paint, plain, printJson, Screen } from '../terminal.ts';

/** Often enough to look alive, seldom enough to read. */
const LIVE_EVERY_MS = 500;

export class ServeLog {
  readonly #flags: ServeFlags;
  readonly #screen = new Screen();
  readonly #limit: NoticeLimit;
  /** What happens before it is said where it listens waits: scripts read that first. */
  #waiting: (() => void)[] | undefined = [];
  #live: NodeJS.Timeout | undefined;

  constructor(flags: ServeFlags) {
    this.#flags = flags;
    this.#limit = new NoticeLimit(systemClock, (notice, count) => {
      if (flags.json) printJson('held-back', { notice, count });
      this.line(`… and ${number(count)} more such lines in this second (${notice})`);
    });
  }

  /** A line for the operator. */
  line(text: string): void {
    if (!this.#flags.quiet) this.#screen.log(text);
  }

  listening(service: string, urls: readonly string[]): void {
    if (this.#flags.json) printJson('listening', { service, urls });
    this.line(`${paint('green', 'listening')} ${urls.map(plain).join('  ')}`);
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const say of waiting) say();
  }

  /** Something that happened, as JSON and as a line. */
  event(name: string, fields: object, text: string): void {
    if (this.#waiting !== undefined) this.#waiting.push(() => this.event(name, fields, text));
    else {
      if (this.#flags.json) printJson(name, snakeCased(fields));
      this.line(text);
    }
  }

  notice(notice: ServerNotice): void {
    const { type, ...fields } = notice;
    // Strangers can send these as fast as they like, without a connection; who connects is always said.
    const isCheap = type === 'refused' || type === 'error' || notice.peer.startsWith('udp:');
    if (!isCheap || this.#limit.allows(type)) this.event(type, fields, describe(notice));
  }

  /** A record is a result, not a log line. */
  record({ peer, bytes, values }: StructRecord): void {
    const print = this.#flags.json
      ? () => printJson('record', { peer, hex: toHex(bytes), values: values.map(jsonOf) })
      : () =>
          process.stdout.write(`${plain(peer)}  ${toHex(bytes, ' ')}  (${values.map(textOf).join(', ')})\n`);
    if (this.#waiting === undefined) print();
    else this.#waiting.push(print);
  }

  /** A line that shows what passes, where somebody looks at it. */
  startLive(snapshot: () => ServerSnapshot): void {
    if (!this.#screen.isLive || this.#flags.json || this.#flags.quiet) return;
    let [beforeUs, before] = [systemClock.monotonicUs(), snapshot()];
    this.#live = setInterval(() => {
      const [nowUs, now] = [systemClock.monotonicUs(), snapshot()];
      const perSecond = (one: 'bytesIn' | 'bytesOut'): string =>
        paint('bold', number(((now[one] - before[one]) * 1e6) / (nowUs - beforeUs)));
      this.#screen.live(
        `${number(now.open)} open · ${perSecond('bytesIn')} B/s in · ${perSecond('bytesOut')} B/s out`,
      );
      [beforeUs, before] = [nowUs, now];
    }, LIVE_EVERY_MS);
  }

  /** No more live line. */
  endLive(): void {
    clearInterval(this.#live);
    this.#screen.end();
  }

  /** Says what was held back. */
  close(): void {
    this.endLive();
    this.#limit.close();
  }

  summary({ name, unit }: Service, snapshot: ServerSnapshot, seconds: number): void {
    const { open: _, taken, ...counters } = snapshot;
    if (this.#flags.json) {
      const counted = unit !== undefined && { [unit]: taken };
      printJson('summary', {
        service: name,
        ...snakeCased(counters),
        ...counted,
        seconds: Number(seconds.toFixed(3)),
      });
      return;
    }
    const { connections, peers, datagramsIn, bytesIn, bytesOut } = snapshot;
    const udp = peers === 0 ? '' : `, ${many(datagramsIn, 'datagram')} from ${many(peers, 'UDP peer')}`;
    const counted = unit === undefined ? '' : `, ${many(taken, unit.slice(0, -1))}`;
    const lines = [
      `${name}: ${many(connections, 'connection')}${udp}${counted}: ${number(bytesIn)} B in, ${number(bytesOut)} B out in ${formatDuration(seconds * 1e6)}`,
      ...faults(snapshot),
    ];
    process.stdout.write(`${lines.join('\n')}\n`);
  }
}

function describe(notice: ServerNotice): string {
  const peer = plain(notice.peer);
  switch (notice.type) {
    case 'connected':
      return `${paint('cyan', '+')} ${peer}`;
    case 'disconnected': {
      const { bytesIn, bytesOut, datagramsIn, datagramsOut = 0, seconds, reason, error } = notice;
      const passed =
        datagramsIn === undefined
          ? `${number(bytesIn)} B in, ${number(bytesOut)} B out`
          : `${many(datagramsIn, 'datagram')} in (${number(bytesIn)} B), ${number(datagramsOut)} out (${number(bytesOut)} B)`;
      // A single datagram takes no time.
      const time = seconds > 0 ? ` in ${formatDuration(seconds * 1e6)}` : '';
      const sign = paint(error === undefined ? 'cyan' : 'yellow', '−');
      return `${sign} ${peer}  ${passed}${time}: ${plain(reason)}`;
    }
    case 'refused':
      return `${paint('yellow', '!')} ${peer}  refused: ${plain(notice.reason)}`;
    case 'error':
      return `${paint('yellow', '!')} ${peer}  ${plain(notice.message)}`;
  }
}

function many(count: number, what: string): string {
  return `${number(count)} ${what}${count === 1 ? '' : 's'}`;
}

/** What did not go well, one line each. */
function faults({ refused, errors, dropped, kernelDrops }: ServerSnapshot): string[] {
  const counts: readonly (readonly [number, string])[] = [
    [refused, `${number(refused)} refused: the server was full`],
    [errors, `${many(errors, 'error')}: connections that broke off, and what clients did wrong`],
    [dropped, `${many(dropped, 'datagram')} dropped because this program was too slow`],
    [kernelDrops, `${many(kernelDrops, 'datagram')} dropped by the kernel because this program was too slow`],
  ];
  return counts.filter(([count]) => count > 0).map(([, text]) => `  ${text}`);
}
