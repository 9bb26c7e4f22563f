import { expect, it } from 'vitest';
import type { TcpReport } from '../analysis/model.ts';
import { ExampleCapture, echoCapture, lossyCapture } from '../testing/report-example.ts';
import { ladderFigure } from './ladder-figure.ts';
import { ladderRows } from './ladder-rows.ts';

const reportOf = (capture: ExampleCapture): TcpReport => capture.report().tcp[0] as TcpReport;

it('a ladder follows a loss to its repair and to the ACK that closes the gap', () => {
  const rows = ladderRows(reportOf(lossyCapture()));
  const lost = rows.findIndex(({ isLost }) => isLost);
  expect(rows[lost]).toMatchObject({ frame: 8, sequence: 2_001, payload: 1_000 });
  const repair = rows[rows[lost]?.repairedBy ?? -1];
  expect(repair).toMatchObject({ frame: 24, sequence: 2_001, isTrouble: true, isLost: false });
  expect(rows.find(({ frame }) => frame === 25)?.acknowledgment).toBe(10_001);
  expect(rows.filter(({ note }) => note.includes('missing'))).not.toEqual([]);
});

it('what was sent and never captured is shown where it is missed', () => {
  const capture = new ExampleCapture();
  capture.open();
  const [first = 0] = capture.next;
  capture.tcp(0, 'one');
  // "two" is lost before the capture sees it.
  capture.tcp(0, 'three', { sequence: first + 6 });
  capture.tcp(1, '', { acknowledgment: first + 3 });
  capture.nanoseconds += 300_000_000;
  capture.tcp(0, 'two', { sequence: first + 3 });
  capture.tcp(1, '', { acknowledgment: first + 11 });
  const rows = ladderRows(reportOf(capture));
  const ghost = rows.findIndex(({ frame }) => frame === undefined);
  expect(rows[ghost]).toMatchObject({ sequence: 4, payload: 3, isLost: true });
  expect(rows[rows[ghost]?.repairedBy ?? -1]?.frame).toBe(7);
});

it('every frame of the conversation is shown or counted as left out', () => {
  for (const capture of [echoCapture(), lossyCapture()]) {
    const report = reportOf(capture);
    const rows = ladderRows(report).filter(({ frame }) => frame !== undefined);
    expect(rows.length + rows.reduce((sum, { leftOut }) => sum + leftOut, 0)).toBe(report.packets);
    expect(rows.map(({ frame }) => frame)).toEqual(
      rows.map(({ frame }) => frame as number).sort((left, right) => left - right),
    );
  }
});

it('the figure joins what was lost to its repair by a line, and says the same as a table', () => {
  const figure = ladderFigure(reportOf(lossyCapture())).toString();
  expect(figure).toContain('<g class="repair"><title>frame 8 is sent again in frame 24</title>');
  expect(figure.match(/class="cross"/g)).toHaveLength(1);
  expect(figure).toContain('<summary>The ladder as a table</summary>');
});
