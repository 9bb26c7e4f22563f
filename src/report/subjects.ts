/** Which conversations and frames the answers are about. */
import type { CaptureReport, TcpReport, UdpReport } from '../analysis/model.ts';
import type { ReportInput } from './report-input.ts';

/** A conversation that answers speak of. */
export interface Subject<Report = TcpReport | UdpReport> {
  readonly report: Report;
  /** Which of the captures it is in. */
  readonly capture: number;
  /** As `TCP conversation 0`, and of which capture where there are several. */
  readonly name: string;
}

/** The conversation of each transport that explains most. */
export interface Subjects {
  readonly tcp: Subject<TcpReport> | undefined;
  readonly udp: Subject<UdpReport> | undefined;
  /** Our own reliable UDP. */
  readonly reliable: Subject<UdpReport> | undefined;
  /** Those that there are. */
  readonly all: readonly Subject[];
  readonly input: ReportInput;
}

export function subjectsOf(input: ReportInput): Subjects {
  return { ...subjectsIn(input.captures.map(({ report }) => report)), input };
}

function subjectsIn(reports: readonly CaptureReport[]): Omit<Subjects, 'input'> {
  const tcp = bestOf(reports, 'TCP', report => report.tcp, tcpWorth);
  const udp = bestOf(reports, 'UDP', report => report.udp.filter(one => !isReliable(one)), udpWorth);
  const reliable = bestOf(reports, 'Reliable UDP', report => report.udp.filter(isReliable), udpWorth);
  const all = [tcp, udp, reliable].filter(subject => subject !== undefined);
  return { tcp, udp, reliable, all };
}

function bestOf<Report extends TcpReport | UdpReport>(
  reports: readonly CaptureReport[],
  transport: string,
  conversations: (report: CaptureReport) => readonly Report[],
  worth: (report: Report) => number,
): Subject<Report> | undefined {
  let best: Subject<Report> | undefined;
  reports.forEach((one, capture) => {
    const of = reports.length > 1 ? ` of ${baseName(one.capture.name)}` : '';
    for (const report of conversations(one)) {
      if (best !== undefined && worth(report) <= worth(best.report)) continue;
      best = { report, capture, name: `${transport} conversation ${report.stream}${of}` };
    }
  });
  return best;
}

/** One that is whole and has data both ways explains most; then the largest. */
function tcpWorth({ handshake, sides, close, packets }: TcpReport): number {
  return (
    (handshake.state === 'complete' ? 1_000 : 0) +
    (sides[0].newBytes > 0 ? 500 : 0) +
    (sides[1].newBytes > 0 ? 200 : 0) +
    (close.state === 'closed' ? 100 : 0) +
    Math.log2(1 + packets)
  );
}

function udpWorth({ sides, packets }: UdpReport): number {
  return (sides[1].packets > 0 ? 100 : 0) + Math.log2(1 + packets);
}

function isReliable({ rudp }: UdpReport): boolean {
  return rudp !== undefined;
}

/** The frames that the report shows byte by byte, of one capture. */
export function framesInDetail(report: CaptureReport): number[] {
  const { all } = subjectsIn([report]);
  return all.map(subject => tellingFrame(subject.report)).filter(frame => frame !== undefined);
}

/** The frame whose payload says most: one with a value that can be read, else the first with payload. */
export function tellingFrame({ safety, ladder, series }: TcpReport | UdpReport): number | undefined {
  const evident = safety?.evidence.find(({ places }) => places.length > 0)?.places[0]?.frame;
  if (evident !== undefined) return evident;
  const step =
    ladder.find(({ from, payload }) => from === 'client' && payload > 0) ??
    ladder.find(({ payload }) => payload > 0);
  if (step !== undefined) return step.frame;
  const index = series?.payloads.findIndex(payload => payload > 0) ?? -1;
  return index < 0 ? undefined : series?.frames[index];
}

/** Without folders: those belong to somebody's machine. */
export function baseName(name: string): string {
  return name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1);
}
