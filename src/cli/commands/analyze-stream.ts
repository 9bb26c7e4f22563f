/** `sensewire analyze FILE --stream S`: both directions of the bytes of one conversation, put together. */
import type { AnalysedFrame } from '../../analysis/analysed-frame.ts';
import { addressText } from '../../analysis/frame-detail-header.ts';
import { counted } from '../../analysis/words.ts';
import { UsageError } from '../../errors/errors.ts';
import type { Conversations } from '../../flows/conversations.ts';
import type { AnalyzeFlags } from '../definitions/analyze.ts';
import { plain } from '../terminal.ts';
import { failOnDamage, lookAgain, type SecondLook } from './analyze-second-look.ts';
import { FollowedConversation } from './analyze-stream-follow.ts';
import { streamView } from './analyze-stream-view.ts';

type Protocol = 'tcp' | 'udp';

interface Wanted {
  /** Undefined: TCP where there is one of this number, otherwise UDP. */
  readonly protocol: Protocol | undefined;
  readonly number: number;
}

export async function analyzeStream(file: string, flags: AnalyzeFlags): Promise<void> {
  const wanted = wantedOf(flags.stream ?? '0');
  const protocol = wanted.protocol ?? 'tcp';
  const enough = new AbortController();
  const view = streamView(flags, () => enough.abort());
  const isText = flags.hex !== true && flags.raw === undefined && flags.json !== true;
  const followed = new FollowedConversation(protocol, wanted.number, view, isText);
  // Where only a number was given, UDP's conversation is kept until TCP's turns up.
  const spare =
    wanted.protocol === undefined ? new FollowedConversation('udp', wanted.number, view, isText) : undefined;
  spare?.hold();
  const sink = {
    onFrame: (frame: AnalysedFrame): void => {
      followed.onFrame(frame);
      if (followed.frames === 0) spare?.onFrame(frame);
      else spare?.drop();
    },
  };
  const look = await lookAgain(file, flags, sink, enough.signal);
  const shown = followed.frames > 0 || spare === undefined ? followed : spare;
  if (shown.frames === 0) {
    failOnDamage(look);
    if (look.reading.wasStopped) return;
    throw new UsageError('SW_USAGE', absentText(look, wanted));
  }
  shown.release();
  const ends = endsOf(look, shown);
  view.end(ends, shown);
  if (flags.quiet !== true && flags.json !== true) process.stderr.write(`${summaryText(shown, ends)}\n`);
  failOnDamage(look);
}

/** @throws UsageError SW_USAGE */
function wantedOf(text: string): Wanted {
  const match = /^(?:(tcp|udp):)?([0-9]{1,9})$/.exec(text);
  if (match === null)
    throw new UsageError(
      'SW_USAGE',
      `--stream ${text}: write it like 3, tcp:3 or udp:0, the numbers that analyze shows`,
    );
  return { protocol: match[1] as Protocol | undefined, number: Number(match[2]) };
}

function absentText({ pipeline, name }: SecondLook, { protocol, number }: Wanted): string {
  const there = (which: Protocol): string => {
    const { count } = pipeline[which];
    if (count === 0) return `no ${which.toUpperCase()}`;
    return count === 1 ? `only ${which}:0` : `${which}:0 to ${which}:${count - 1}`;
  };
  const has = protocol === undefined ? `${there('tcp')} and ${there('udp')}` : there(protocol);
  return `--stream ${protocol === undefined ? '' : `${protocol}:`}${number}: ${name} has ${has}`;
}

/** Client and server as `10.0.0.1:50007`: the client is who sent the first packet. */
function endsOf(
  { pipeline }: SecondLook,
  { protocol, number }: FollowedConversation,
): readonly [string, string] {
  const conversations: Conversations = pipeline[protocol];
  const first = conversations.firstSide(number);
  const end = (side: number): string => {
    const { address, port, family } = conversations.endpoint(number, side);
    const text = addressText(address);
    return family === 6 ? `[${text}]:${port}` : `${text}:${port}`;
  };
  return [end(first), end(1 - first)];
}

function summaryText(
  { protocol, number, sides, forcedGaps, unfinished, cutBytes }: FollowedConversation,
  ends: readonly [string, string],
): string {
  const side = (index: 0 | 1): string => {
    const { bytes, pieces, gaps, gapBytes } = sides[index];
    const lost = gaps === 0 ? '' : `, ${counted(gaps, 'gap')} of ${counted(gapBytes, 'byte')}`;
    const what = protocol === 'tcp' ? counted(pieces, 'piece') : counted(pieces, 'datagram');
    return `${index === 0 ? 'client' : 'server'} ${ends[index]}: ${counted(bytes, 'byte')} in ${what}${lost}`;
  };
  const notes = [
    ...(cutBytes > 0 ? [`${counted(cutBytes, 'byte')} were not captured (snap length)`] : []),
    ...(unfinished > 0 ? [`${counted(unfinished, 'byte')} wait for missing ones, and are left out`] : []),
    ...(forcedGaps > 0 ? [`${counted(forcedGaps, 'gap')} made because too much waited`] : []),
  ];
  return plain(`${protocol}:${number}  ${[side(0), side(1), ...notes].join('; ')}`);
}
