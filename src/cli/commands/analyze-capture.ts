/** What the capture itself is: file, interfaces, amount, time, damage, artefacts, and what is neither TCP nor UDP. */
import type { CaptureFacts, CaptureReport, InterfaceFacts } from '../../analysis/model.ts';
import { bytesText, counted, countText, timeText } from '../../analysis/words.ts';
import { plain } from '../terminal.ts';
import { colour, labelled } from './analyze-layout.ts';

const LABEL_WIDTH = 11;
const MS_PER_SECOND = 1_000;
/** The years that a Date can hold; a damaged file may say any time. */
const MOST_SECONDS = 8.64e12;

export function captureLines({ capture, other }: CaptureReport, width: number): string[] {
  const line = (label: string, text: string): string[] => {
    const [first = '', ...rest] = labelled(label, plain(text), LABEL_WIDTH, width);
    return [`${colour('cyan', first.slice(0, LABEL_WIDTH))}${first.slice(LABEL_WIDTH)}`, ...rest];
  };
  return [
    ...line('capture', fileText(capture)),
    ...capture.interfaces.flatMap(one =>
      line('interface', interfaceText(one, capture.interfaces.length > 1)),
    ),
    ...line('contents', contentsText(capture)),
    ...(other.length === 0
      ? []
      : line(
          'beside',
          other
            .map(({ name, packets, bytes }) => `${name} ${countText(packets)} (${bytesText(bytes)})`)
            .join(', '),
        )),
    ...(capture.damage === null
      ? []
      : line('damage', `at byte ${capture.damage.offset}: ${capture.damage.message}; all before it is here`)),
    ...capture.artefacts.flatMap(({ text, advice }) => {
      const [first = '', ...rest] = labelled('artefact', plain(text), LABEL_WIDTH, width);
      return [
        `${colour('yellow', first.slice(0, LABEL_WIDTH))}${first.slice(LABEL_WIDTH)}`,
        ...rest,
        ...(advice === null ? [] : labelled('', advice, LABEL_WIDTH, width).map(text => colour('dim', text))),
      ];
    }),
  ];
}

function fileText({ name, format, compression, sizeBytes, application }: CaptureFacts): string {
  return [
    name,
    `${format ?? 'no format'}${compression === null ? '' : ` in ${compression}`}, ${bytesText(sizeBytes)}`,
    ...(application === null ? [] : [`written by ${application}`]),
  ].join(' · ');
}

function interfaceText(one: InterfaceFacts, isOneOfMany: boolean): string {
  const { name, description, linkTypeName, snapLength, filter, packets, drops, index } = one;
  return [
    `${name ?? description ?? `number ${index}`} (${linkTypeName})`,
    ...(isOneOfMany ? [counted(packets, 'packet')] : []),
    ...(filter === null ? [] : [`filter “${filter}”`]),
    ...(snapLength === 0 || snapLength >= 65_535 ? [] : [`first ${countText(snapLength)} B of each packet`]),
    drops === null
      ? 'says nothing of lost packets'
      : drops === 0
        ? 'nothing lost by the capture'
        : `${counted(drops, 'packet')} lost by the capture`,
  ].join(' · ');
}

function contentsText(capture: CaptureFacts): string {
  const { packets, bytes, capturedBytes, durationNs, tcpConversations, udpConversations } = capture;
  const cut = capturedBytes < bytes ? ` (${bytesText(capturedBytes)} captured)` : '';
  return [
    `${counted(packets, 'packet')}, ${bytesText(bytes)}${cut}`,
    ...(packets > 0 ? [`${timeText(durationNs)}${startText(capture)}`] : []),
    `${countText(tcpConversations)} TCP, ${countText(udpConversations)} UDP conversations`,
  ].join(' · ');
}

function startText({ start }: CaptureFacts): string {
  if (start === null || Math.abs(start.seconds) > MOST_SECONDS) return '';
  const date = new Date(start.seconds * MS_PER_SECOND);
  const fraction = String(Math.max(0, start.nanoseconds)).padStart(9, '0').slice(0, 6);
  return ` from ${date.toISOString().slice(0, 19).replace('T', ' ')}.${fraction} UTC`;
}
