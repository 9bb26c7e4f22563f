/** The plots of a conversation: each direction that brings data has a column, and the time is the same in all of them. */
import type {
  DatagramSeries,
  SegmentSeries,
  TcpReport,
  ThroughputSeries,
  UdpReport,
} from '../analysis/model.ts';
import { type Chart, chartFigure } from './chart.ts';
import { datagramChart } from './datagram-chart.ts';
import { flightChart } from './flight-chart.ts';
import { html, type Markup, trusted } from './markup.ts';
import { rttChart } from './rtt-chart.ts';
import { type Direction, directionOf } from './segment-columns.ts';
import { sequenceChart } from './sequence-chart.ts';
import { stretchTable } from './stretches.ts';
import { throughputChart } from './throughput-chart.ts';
import { type TimeAxis, timeAxis } from './time-axis.ts';

/** Shown by the script: without it nothing zooms. */
const TOOLS: Markup = trusted(
  '<div class="tools" hidden><button type="button" data-zoom="in">Zoom in</button><button type="button" data-zoom="out">Zoom out</button><button type="button" data-zoom="reset">Whole time</button><span class="hint">or draw a box with the pointer; arrow keys, + and − on a plot</span></div>',
);

type Directions = readonly [Direction, Direction];

export function pictures(report: TcpReport | UdpReport): Markup | undefined {
  const { startNs, durationNs, series, throughput } = report;
  if (series === undefined || durationNs === 0) return undefined;
  const time = timeAxis(startNs, durationNs);
  const directions =
    report.protocol === 'tcp' && report.series !== undefined
      ? ([directionOf(report.series, 0, time), directionOf(report.series, 1, time)] as const)
      : undefined;
  const columns = ([0, 1] as const).map(side =>
    chartsOf(
      side,
      series,
      throughput,
      time,
      directions,
      report.protocol === 'udp' && report.rudp !== undefined,
    ),
  );
  const measured = directions ?? roundTripsOf(report, time);
  const rtts = [measured === undefined ? undefined : rttChart(measured, time)].filter(
    chart => chart !== undefined,
  );
  const used = columns.filter(charts => charts.length > 0).length;
  if (used === 0 && rtts.length === 0) return undefined;
  return html`<div class="charts" data-charts>${TOOLS}
<div class="columns n${used}">${columns.map((charts, side) => charts.length > 0 && column(used === 1 ? [...charts, ...rtts] : charts, side))}</div>
${used !== 1 && rtts.map(chartFigure)}
${stretchTable(series, time, durationNs, directions)}</div>`;
}

/** Of reliable UDP, whose ACKs tell how long they were held back. */
function roundTripsOf(
  report: TcpReport | UdpReport,
  time: TimeAxis,
): readonly [Pick<Direction, 'rtts'>, Pick<Direction, 'rtts'>] | undefined {
  const series = report.protocol === 'udp' ? report.rudp?.roundTrips : undefined;
  if (series === undefined) return undefined;
  const [client, server] = series.map(({ timesNs, rttsNs }) => ({
    rtts: { xs: timesNs.map(ns => (ns - time.startNs) / time.each), ys: rttsNs },
  }));
  return client === undefined || server === undefined ? undefined : [client, server];
}

/** None of a direction without data. */
function chartsOf(
  side: 0 | 1,
  series: SegmentSeries | DatagramSeries,
  throughput: ThroughputSeries | undefined,
  time: TimeAxis,
  directions: Directions | undefined,
  isReliable: boolean,
): Chart[] {
  const name = side === 0 ? 'client' : 'server';
  const direction = directions?.[side];
  if (direction?.hasData === false) return [];
  const charts = [
    direction === undefined
      ? datagramChart(series, side, time, isReliable)
      : sequenceChart(direction, name, time),
    direction === undefined ? undefined : flightChart(direction, name, time),
    throughput === undefined ? undefined : throughputChart(throughput, side, time, isReliable),
  ];
  return charts.filter(chart => chart !== undefined);
}

function column(charts: readonly Chart[], side: number): Markup {
  const [name, way] = side === 0 ? ['client', 'client → server'] : ['server', 'server → client'];
  return html`<div class="column"><h4 class="${name}-text">${way}</h4>${charts.map(chartFigure)}</div>`;
}
