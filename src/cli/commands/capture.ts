/**
 * `sensewire capture`: packets of an interface into a file, or explained as they come (`capture-explain.ts`).
 */
import type { Capture, CaptureSummary } from '../../capture/capture-types.ts';
import { startCapture } from '../../capture/start-capture.ts';
import { systemClock } from '../../clock/system-clock.ts';
import { UsageError } from '../../errors/errors.ts';
import { linkTypeName } from '../../pcap/link-types.ts';
import type { PacketRecord } from '../../pcap/packet-record.ts';
import { formatDuration, formatSize } from '../../time/quantities.ts';
import type { CaptureFlags } from '../definitions/capture.ts';
import { endSignal } from '../exit.ts';
import { number, paint, plain, printJson, Screen } from '../terminal.ts';
import { VERSION } from '../version.ts';
import { explainer } from './capture-explain.ts';
import { listInterfaces } from './capture-list.ts';

/** Shorter than this and not even headers are left. */
const LEAST_SNAPLEN = 14;
const MOST_SNAPLEN = 262_144;
/** Often enough that it looks alive. */
const LIVE_EVERY_US = 250_000;

export async function capture(flags: CaptureFlags): Promise<void> {
  if (flags.list) return listInterfaces(flags.json === true);
  checkFlags(flags);
  const screen = new Screen();
  const explain =
    flags.explain || flags.output === undefined ? explainer(flags.json === true, screen) : undefined;
  const running = start(flags, explain);
  const { signal, release } = endSignal();
  const stop = (): void => {
    running.stop().catch(() => undefined);
  };
  signal.addEventListener('abort', stop);
  const startedUs = systemClock.monotonicUs();
  const timers: (() => void)[] = [];
  try {
    await running.ready;
    sayReady(running, flags);
    if (flags.for !== undefined)
      timers.push(systemClock.setTimer(systemClock.monotonicUs() + flags.for, stop));
    if (explain === undefined && !flags.quiet) timers.push(watch(running, screen, startedUs));
    const summary = await running.ended;
    screen.end();
    sayEnd(summary, flags);
  } finally {
    for (const cancel of timers) cancel();
    screen.end();
    release();
  }
}

/** @throws UsageError SW_USAGE where flags cannot go together */
function checkFlags(flags: CaptureFlags): void {
  const { output, json, explain, snaplen, for: forUs } = flags;
  const rules: readonly (readonly [boolean | undefined, string])[] = [
    [output === '-' && (json || explain), '-o - takes standard output: --json and --explain need it, too'],
    [
      output === '-' && process.stdout.isTTY,
      '-o - writes packets to a terminal: put a program behind it (| wireshark -k -i -), or name a file',
    ],
    [
      snaplen !== undefined && (snaplen < LEAST_SNAPLEN || snaplen > MOST_SNAPLEN),
      `--snaplen ${snaplen}: give ${LEAST_SNAPLEN} to ${MOST_SNAPLEN} bytes`,
    ],
    [forUs === 0, '--for 0s: leave some time for packets to come'],
  ];
  const broken = rules.find(([isBroken]) => isBroken);
  if (broken !== undefined) throw new UsageError('SW_USAGE', broken[1]);
}

function start(flags: CaptureFlags, onPacket: ((record: PacketRecord) => void) | undefined): Capture {
  return startCapture({
    interface: flags.interface,
    filter: flags.filter ?? '',
    file: flags.output,
    count: flags.count,
    method: flags.method,
    promiscuous: flags.promiscuous === true,
    application: `sensewire ${VERSION}`,
    ...(flags.snaplen === undefined ? {} : { snapLength: flags.snaplen }),
    ...(onPacket === undefined ? {} : { onPacket }),
  });
}

function sayReady({ linkType = -1, method }: Capture, flags: CaptureFlags): void {
  const link = linkTypeName(linkType);
  if (flags.json) {
    const { interface: name, filter = '', output } = flags;
    printJson('capturing', { interface: name, filter, link_type: linkType, method, file: output ?? null });
  }
  if (flags.quiet) return;
  const what = flags.filter ? plain(flags.filter) : 'everything';
  const where = flags.output === undefined || flags.output === '-' ? '' : ` into ${plain(flags.output)}`;
  const how = method === 'ring' ? '' : `, through ${method}`;
  process.stderr.write(
    `capturing ${paint('bold', what)} on ${plain(flags.interface)} (${link}${how})${where}; Ctrl-C ends\n`,
  );
}

/** The live line, until the function that it gives is called. */
function watch(running: Capture, screen: Screen, startedUs: number): () => void {
  let cancel: () => void = () => undefined;
  const show = (): void => {
    const { packets, bytes, drops } = running;
    const lost = drops === undefined ? [] : [drops === 0 ? '0 lost' : paint('red', `${number(drops)} lost`)];
    const seconds = formatDuration(systemClock.monotonicUs() - startedUs);
    screen.live([`${number(packets)} packets`, formatSize(bytes), ...lost, seconds].join(' · '));
    cancel = systemClock.setTimer(systemClock.monotonicUs() + LIVE_EVERY_US, show);
  };
  if (screen.isLive) show();
  return () => cancel();
}

function sayEnd(summary: CaptureSummary, flags: CaptureFlags): void {
  if (flags.json) printJson('summary', jsonOf(summary));
  if (flags.quiet) return;
  const { packets, bytes, fileBytes, seconds } = summary;
  const during = packets > 1 ? ` in ${formatDuration(seconds * 1e6)}` : '';
  const file =
    flags.output === undefined || flags.output === '-'
      ? ''
      : `; ${plain(flags.output)} has ${formatSize(fileBytes)}`;
  const count = packets === 1 ? '1 packet' : `${number(packets)} packets`;
  process.stderr.write(
    `${[`${count}, ${formatSize(bytes)}${during}${file}`, ...proofLines(summary, flags)].join('\n')}\n`,
  );
}

/** How complete the capture is, and how that is known. */
function proofLines(summary: CaptureSummary, { count }: CaptureFlags): string[] {
  const { packets, drops, start, end, withoutChecksum, segments } = summary;
  const lines: string[] = [];
  if (drops !== undefined && drops > 0) {
    lines.push(
      `${paint('red', `${number(drops)} packets are missing`)}: the kernel had no room for them; a narrower --filter or a smaller --snaplen helps`,
    );
  } else if (start === 'none' || end === 'none') {
    const which = start === end ? 'neither end' : start === 'none' ? 'the start' : 'the end';
    lines.push(
      `${paint('yellow', 'not proven')}: ${which === 'neither end' ? 'neither end is' : `${which} is not`} known to be complete`,
    );
  } else {
    const how =
      start === 'sentinel' && end === 'sentinel'
        ? 'sentinels passed at both ends'
        : 'what the kernel counted has come';
    const early = count !== undefined && packets >= count ? ', up to --count' : '';
    lines.push(`${paint('green', 'complete')}${early}: ${how}, none lost`);
  }
  if (withoutChecksum > 0) {
    lines.push(
      `${number(withoutChecksum)} were seen before their checksum was filled in (offload): it looks wrong in them, and is not`,
    );
  }
  if (segments > 0) {
    lines.push(`${number(segments)} stand for several segments each on the wire (segmentation offload)`);
  }
  return lines;
}

function jsonOf(summary: CaptureSummary): object {
  const { method, interface: name, linkType, packets, bytes, fileBytes, seconds } = summary;
  const { accepted, drops, start, end, withoutChecksum, segments } = summary;
  return {
    interface: name,
    link_type: linkType,
    method,
    packets,
    bytes,
    file_bytes: fileBytes,
    seconds,
    kernel_packets: accepted ?? null,
    kernel_drops: drops ?? null,
    start_proof: start,
    end_proof: end,
    complete: drops === 0 && start !== 'none' && end !== 'none',
    without_checksum: withoutChecksum,
    offloaded_segments: segments,
  };
}
