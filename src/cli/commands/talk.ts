/**
 * `sensewire talk`: the classic client, told by flags. How it talks over what is in `talk-streams.ts` and
 * `talk-datagrams.ts`.
 */
import { fromHex } from '../../bytes/hex.ts';
import { systemClock } from '../../clock/system-clock.ts';
import { UsageError } from '../../errors/errors.ts';
import { type Address, parseAddress } from '../../socket/address.ts';
import { TalkCounters, type TalkEnd } from '../../talk/counters.ts';
import { MOST_DATAGRAM_BYTES } from '../../talk/datagram-peer.ts';
import type { TalkFlags } from '../definitions/talk.ts';
import { endSignal } from '../exit.ts';
import { captureOwn } from './capture-own.ts';
import { receiveFromAnybody, talkInDatagrams } from './talk-datagrams.ts';
import { openOutput } from './talk-output.ts';
import { TalkScreen } from './talk-screen.ts';
import { EOL, type TalkSetting } from './talk-setting.ts';
import { receiveConnections, talkInStream } from './talk-streams.ts';
import { failureLines, printSummary, summaryLines } from './talk-summary.ts';

/** The ports of the classic exercises: echo, and the one-way receiver. */
const DEFAULT_PORT = 50_007;
const DEFAULT_RECEIVER_PORT = 5_005;
const DEFAULT_TEXT = 'Hello, world';
/** Answers of a stream may take this long; datagrams that take longer than theirs are lost, mostly. */
const STREAM_TIMEOUT_US = 5_000_000;
const DATAGRAM_TIMEOUT_US = 1_000_000;

export async function talk(url: string, flags: TalkFlags): Promise<void> {
  const address = addressOf(url, flags);
  const isStream = address.transport !== 'udp';
  checkFlags(isStream, flags);
  const text = textOf(isStream, flags);
  const screen = new TalkScreen(flags.quiet === true);
  const interrupted = new AbortController();
  const interrupt = (): void => interrupted.abort();
  const { signal, release } = endSignal();
  const cancel =
    flags.for === undefined
      ? undefined
      : systemClock.setTimer(systemClock.monotonicUs() + flags.for, interrupt);
  try {
    await run(address, {
      flags,
      screen,
      output: openOutput({
        screen,
        json: flags.json === true,
        hex: flags.hex === true,
        raw: flags.raw === true || flags.data !== undefined,
        isStream,
        piecesAreLines: flags.eol === 'none',
      }),
      counters: new TalkCounters(),
      text,
      timeoutUs: flags.timeout ?? (isStream ? STREAM_TIMEOUT_US : DATAGRAM_TIMEOUT_US),
      signal: AbortSignal.any([signal, interrupted.signal]),
      interrupt,
    });
  } finally {
    cancel?.();
    release();
  }
}

/** Talks, says how it went, and only then fails where it failed. */
async function run(address: Address, setting: TalkSetting): Promise<void> {
  const { counters, flags, screen, text } = setting;
  const capture = await captureOwn({
    file: flags.capture,
    addresses: [address],
    isListening: flags.listen === true,
    json: flags.json === true,
    log: line => screen.log(line),
  });
  setting.onListening = () => capture.settle();
  const startedUs = systemClock.monotonicUs();
  let end: TalkEnd | undefined;
  try {
    end = await converse(address, setting);
    await setting.output.endOfPieces();
  } finally {
    const seconds = (systemClock.monotonicUs() - startedUs) / 1e6;
    screen.endLine();
    await capture.stop();
    if (counters.hasBegun || flags.json) {
      const isLoop = text !== undefined && setting.timeoutUs > 0 && !setting.isGroup;
      const result = {
        counters,
        end,
        seconds,
        texts: isLoop ? (flags.count ?? 1) : undefined,
        timeoutUs: setting.timeoutUs,
        unit: address.transport === 'udp' ? 'datagram' : flags.listen ? 'connection' : undefined,
      } as const;
      if (flags.json) printSummary(result);
      else for (const line of summaryLines(result)) screen.log(line);
      const failures = failureLines(result);
      for (const line of failures) screen.complain(line);
      if (failures.length > 0) process.exitCode = 1;
    }
  }
}

function converse(address: Address, setting: TalkSetting): Promise<TalkEnd> {
  if (address.transport === 'udp')
    return setting.flags.listen ? receiveFromAnybody(address, setting) : talkInDatagrams(address, setting);
  return setting.flags.listen ? receiveConnections(address, setting) : talkInStream(address, setting);
}

function addressOf(url: string, { listen }: TalkFlags): Address {
  const meant = withTransport(url);
  if (meant !== undefined)
    throw new UsageError('SW_BAD_URL', `"${url}" is not an address: did you mean ${meant}?`);
  const address = parseAddress(url, DEFAULT_PORT);
  return listen && address.transport === 'udp' ? parseAddress(url, DEFAULT_RECEIVER_PORT) : address;
}

/** What an address without a transport may mean: a path, or a host that is mostly reached over TCP. */
function withTransport(text: string): string | undefined {
  if (/^[a-z]+:\/\/|^unix:/i.test(text) || text === '') return undefined;
  const meant = /^[./]/.test(text) ? `unix:${text}` : `tcp://${text}`;
  try {
    parseAddress(meant);
    return meant;
  } catch {
    return undefined;
  }
}

/** What cannot go together. */
function checkFlags(isStream: boolean, flags: TalkFlags): void {
  const isText = flags.text !== undefined || flags.data !== undefined;
  const wrong =
    flags.text !== undefined && flags.data !== undefined
      ? '--text and --data: give one of them'
      : flags.listen && (isText || flags.halfClose !== undefined || flags.eol !== undefined)
        ? '--listen only receives: --text, --data, --half-close and --eol are for sending'
        : !isStream && flags.halfClose !== undefined
          ? '--half-close is for tcp:// and unix: datagrams have no end'
          : isStream && (flags.ttl !== undefined || flags.interface !== undefined || flags.size !== undefined)
            ? '--ttl, --interface and --size are for udp://'
            : flags.listen && flags.ttl !== undefined
              ? '--ttl is for sending'
              : !flags.listen && flags.size !== undefined && !flags.raw
                ? '--size is for --listen, or with --raw for sending: datagrams are the lines of the input'
                : undefined;
  if (wrong !== undefined) throw new UsageError('SW_USAGE', wrong);
}

/** What is sent instead of standard input. */
function textOf(isStream: boolean, flags: TalkFlags): Uint8Array | undefined {
  const { count, data, eol = 'none', listen } = flags;
  const text = flags.text ?? (count === undefined || data !== undefined || listen ? undefined : DEFAULT_TEXT);
  if (text === undefined && data === undefined) return undefined;
  const bytes = Buffer.concat([
    text === undefined ? fromHex(data as string) : Buffer.from(text),
    Buffer.from(EOL[eol]),
  ]);
  if (isStream && bytes.length === 0)
    throw new UsageError('SW_USAGE', 'there is nothing to send: a stream carries at least one byte');
  if (!isStream && bytes.length > MOST_DATAGRAM_BYTES) {
    throw new UsageError(
      'SW_USAGE',
      `the text has ${bytes.length} bytes, and a datagram holds at most ${MOST_DATAGRAM_BYTES}`,
    );
  }
  return bytes;
}
