/** The analysis as text: what the capture is, a table of its conversations, then a screen for each of the chosen ones. */
import type { CaptureAnalysis, Selection } from '../../analysis/capture-analysis.ts';
import { explainCost } from '../../analysis/cost-text.ts';
import { explainTcp } from '../../analysis/explain-tcp.ts';
import { explainUdp } from '../../analysis/explain-udp.ts';
import type { ExplainedPart, Tone } from '../../analysis/explained.ts';
import type { TcpReport, UdpReport } from '../../analysis/model.ts';
import { explainSafety } from '../../analysis/safety-text.ts';
import { bytesText, counted, endpointText, timeText } from '../../analysis/words.ts';
import { plain } from '../terminal.ts';
import { captureLines } from './analyze-capture.ts';
import { ladderLines } from './analyze-ladder.ts';
import { colour, labelled, lineWidth } from './analyze-layout.ts';
import { conversationCount, rank } from './analyze-selection.ts';
import { conversationTable, MOST_ROWS } from './analyze-table.ts';
import { writeOutput } from './analyze-write.ts';

const LABEL_WIDTH = 11;
/** A shorter line between a title and its facts is none. */
const LEAST_RULE = 3;

export function printAnalysis(analysis: CaptureAnalysis, selection: Selection): void {
  const width = lineWidth();
  const report = analysis.report({ tcp: [], udp: [] });
  print(captureLines(report, width));
  const count = conversationCount(analysis);
  const isOne = count === 1;
  if (count > 1) {
    const cost = report.cost === undefined ? [] : explainCost(report.cost);
    print([
      '',
      ...conversationTable(analysis, rank(analysis, MOST_ROWS), count),
      '',
      ...cost.flatMap(part => partLines(part, width)),
    ]);
  }
  // What the capture says of its one conversation need not be said again.
  const told = isOne ? report.capture.artefacts.map(({ kind }) => kind) : [];
  for (const number of selection.tcp) {
    const tcp = analysis.tcp(number);
    if (!print(screen('TCP', tcp, explainTcp(tcp, told), isOne, width))) return;
  }
  for (const number of selection.udp) {
    const udp = analysis.udp(number);
    const name = udp.rudp === undefined ? 'UDP' : 'Reliable UDP';
    if (!print(screen(name, udp, explainUdp(udp), isOne, width))) return;
  }
  const hidden = count - selection.tcp.length - selection.udp.length;
  if (hidden > 0) {
    const more = `${counted(hidden, 'conversation')} more: --conversation tcp:N or udp:N explains one, --all every one`;
    print(['', colour('dim', more)]);
  }
}

/**
 * Written screen by screen, since all of a large capture would be one very long string.
 * @returns false where nobody reads it any more
 */
function print(lines: readonly string[]): boolean {
  return writeOutput(new TextEncoder().encode(`${lines.join('\n')}\n`));
}

/** @param isOne the capture has no other conversation: its cost sheet stands here, and in full */
function screen(
  protocol: string,
  report: TcpReport | UdpReport,
  parts: readonly ExplainedPart[],
  isOne: boolean,
  width: number,
): string[] {
  const { cost, safety } = report;
  const more = [
    ...(safety === undefined ? [] : explainSafety(safety)),
    ...(cost === undefined ? [] : explainCost(cost).slice(0, isOne ? undefined : 1)),
  ];
  return [
    '',
    ...head(protocol, report, width),
    ...ladderLines(report.ladder, width),
    '',
    ...[...parts, ...more].flatMap(part => partLines(part, width)),
  ];
}

function head(protocol: string, report: TcpReport | UdpReport, width: number): string[] {
  const { client, server, stream } = report;
  const title = `${protocol} ${stream}  ${endpointText(client)} → ${endpointText(server)}`;
  const facts = `${counted(report.packets, 'packet')}, ${bytesText(report.bytes)} on the wire in ${timeText(report.durationNs)}`;
  const rule = width - title.length - facts.length - 2;
  if (rule < LEAST_RULE) return [colour('bold', title), facts, ''];
  return [`${colour('bold', title)} ${colour('dim', '─'.repeat(rule))} ${facts}`, ''];
}

const STYLES: Readonly<Record<Tone, 'green' | 'yellow' | 'red' | 'cyan'>> = {
  plain: 'cyan',
  good: 'green',
  note: 'yellow',
  bad: 'red',
};

function partLines({ title, tone, lines }: ExplainedPart, width: number): string[] {
  return lines.flatMap((line, index) => {
    const label = index === 0 ? title : '';
    const [first = '', ...rest] = labelled(label, plain(line), LABEL_WIDTH, width);
    return [`${colour(STYLES[tone], first.slice(0, LABEL_WIDTH))}${first.slice(LABEL_WIDTH)}`, ...rest];
  });
}
