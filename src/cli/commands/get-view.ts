/**
 * What `sensewire get` shows besides the body: heads, progress, how it ended.
 */
import { systemClock } from '../../clock/system-clock.ts';
import { SensewireError } from '../../errors/errors.ts';
import { formatDuration, formatSize } from '../../time/quantities.ts';
import type { ExchangeWatch, WebResponse } from '../../webclient/exchange.ts';
import type { Continuation, PartFile } from '../../webclient/part-file.ts';
import type { ProgressLimit } from '../../webclient/progress-limit.ts';
import type { WebUrl } from '../../webclient/web-url.ts';
import type { GetFlags } from '../definitions/get.ts';
import { paint, plain, printJson, Screen } from '../terminal.ts';

/** Often enough to look alive, seldom enough to read. */
const PROGRESS_EVERY_MS = 500;
/** The rate of the live line follows the last seconds, not the whole. */
const NEW_SHARE = 0.3;

export class GetView {
  readonly #flags: GetFlags;
  readonly #file: PartFile | undefined;
  readonly #screen = new Screen();
  readonly #startedUs = systemClock.monotonicUs();
  /** The text of the last head, for `--head`. */
  #head = '';
  #response: WebResponse | undefined;
  #redirects = 0;
  #bytes = 0;
  #resumedAt = 0;
  #timer: NodeJS.Timeout | undefined;
  #bytesBefore = 0;
  #rate: number | undefined;

  constructor(flags: GetFlags, file: PartFile | undefined) {
    this.#flags = flags;
    this.#file = file;
  }

  watch(limit: ProgressLimit): ExchangeWatch {
    const { verbose } = this.#flags;
    return {
      onConnected: ({ remote, encryption }) => {
        limit.progress();
        if (verbose)
          this.#print('*', `connected to ${remote}${encryption === undefined ? '' : ` with ${encryption}`}`);
      },
      onRequestHead: head => {
        if (verbose) this.#print('>', `${head}\r\n`);
      },
      onResponseHead: head => {
        limit.progress();
        this.#head = head;
        if (verbose) this.#print('<', `${head}\r\n`);
      },
    };
  }

  readonly onResponse = (response: WebResponse, goesTo: WebUrl | undefined): void => {
    const { url, status, reason, httpVersion, headers } = response;
    if (!this.#flags.json) return;
    printJson('response', {
      url: url.href,
      status,
      reason,
      http_version: httpVersion,
      headers,
      ...(goesTo !== undefined && { redirects_to: goesTo.href }),
    });
  };

  /** The answer that counts is there. */
  begin(response: WebResponse, redirects: number): void {
    this.#response = response;
    this.#redirects = redirects;
    const { head, json } = this.#flags;
    if (head && !json) process.stdout.write(this.#headText());
    const encoding = response.headers['content-encoding'];
    if (encoding !== undefined && encoding !== 'identity' && !head) {
      this.#note(
        `the server sends the body as ${plain(encoding)}, which was not asked for: it stays as it comes`,
      );
    }
    this.#timer = setInterval(() => this.#progress(), PROGRESS_EVERY_MS);
  }

  continues(continuation: Continuation): void {
    switch (continuation.kind) {
      case 'new':
        return;
      case 'resumed':
        this.#resumedAt = continuation.at;
        return this.#note(
          `goes on after the ${formatSize(continuation.at)} that are here${
            continuation.isSame
              ? ''
              : ': the server does not tell versions apart, so nobody can say whether it is the same one'
          }`,
        );
      case 'anew':
        return this.#note(`begins anew: ${continuation.because}`);
    }
  }

  wasWhole(): void {
    this.#note('all of it is here already');
  }

  received(bytes: number): void {
    this.#bytes += bytes;
  }

  done(): void {
    this.close();
    if (this.#flags.json) return this.#summary({ complete: true });
    if (this.#file === undefined || this.#flags.quiet) return;
    const what = `${plain(this.#file.name)}  ${formatSize(this.#resumedAt + this.#bytes)}`;
    this.#screen.log(
      `${paint('green', 'saved')} ${what} in ${formatDuration(this.#us)}, ${this.#perSecond()}`,
    );
  }

  /** @param error undefined: a signal ended it */
  failed(error: unknown): void {
    this.close();
    const code = error instanceof SensewireError ? error.code : undefined;
    const canGoOn = this.#file?.canResume === true;
    if (this.#flags.json)
      this.#summary({ complete: false, error: code ?? 'interrupted', can_continue: canGoOn });
    if (error === undefined)
      this.#screen.log(`${paint('yellow', 'stopped')} after ${formatSize(this.#bytes)}`);
    if (canGoOn) this.#note(`${plain(this.#file?.name ?? '')}.part is kept: --continue goes on with it`);
  }

  /** Idempotent. */
  close(): void {
    clearInterval(this.#timer);
    this.#screen.end();
  }

  #summary(end: object): void {
    const seconds = this.#us / 1e6;
    printJson('summary', {
      url: this.#response?.url.href,
      status: this.#response?.status,
      redirects: this.#redirects,
      bytes: this.#bytes,
      resumed_at: this.#resumedAt,
      seconds: Number(seconds.toFixed(3)),
      bytes_per_second: Math.round(this.#bytes / seconds),
      file: this.#file?.name,
      ...end,
    });
  }

  #progress(): void {
    const since = (this.#bytes - this.#bytesBefore) * (1_000 / PROGRESS_EVERY_MS);
    this.#bytesBefore = this.#bytes;
    this.#rate = this.#rate === undefined ? since : this.#rate + NEW_SHARE * (since - this.#rate);
    const left = this.#response?.length === undefined ? undefined : this.#response.length - this.#bytes;
    const here = this.#resumedAt + this.#bytes;
    const total = left === undefined ? undefined : here + left;
    if (this.#flags.json) return printJson('progress', { bytes: here, total });
    // On a terminal that shows the body, the line would stand in the middle of it.
    if (this.#flags.quiet || (this.#file === undefined && process.stdout.isTTY)) return;
    const share =
      total === undefined ? '' : ` of ${formatSize(total)} · ${Math.floor((here / total) * 100)} %`;
    const time =
      left === undefined || this.#rate === 0 ? '' : ` · ${formatDuration((left / this.#rate) * 1e6)} left`;
    this.#screen.live(`${formatSize(here)}${share} · ${paint('bold', `${formatSize(this.#rate)}/s`)}${time}`);
  }

  #perSecond(): string {
    return `${formatSize(this.#bytes / (this.#us / 1e6))}/s`;
  }

  get #us(): number {
    return Math.max(1, systemClock.monotonicUs() - this.#startedUs);
  }

  /** As it came; on a terminal without what could rewrite the screen. */
  #headText(): string | Buffer {
    const lines = `${this.#head}\r\n\r\n`;
    return process.stdout.isTTY
      ? `${this.#head.split('\r\n').map(plain).join('\n')}\n`
      : Buffer.from(lines, 'latin1');
  }

  #print(mark: string, text: string): void {
    for (const line of text.split('\r\n')) this.#screen.log(`${paint('dim', mark)} ${plain(line)}`);
  }

  #note(text: string): void {
    if (!this.#flags.quiet) this.#screen.log(`${paint('cyan', '·')} ${text}`);
  }
}
