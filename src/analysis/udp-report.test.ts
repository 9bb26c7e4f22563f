import { expect, test } from 'vitest';
import { bytesOf, ipv4Packet, udpDatagram } from '../testing/frames.ts';
import { CaptureFrames } from '../testing/packets-capture.ts';
import { explainUdp } from './explain-udp.ts';
import type { UdpReport } from './model.ts';

function linesOf(report: UdpReport, title: string): string {
  return explainUdp(report)
    .filter(part => part.title === title)
    .flatMap(({ lines }) => lines)
    .join(' ');
}

test('requests, answers and their rhythm', () => {
  const talk = new CaptureFrames();
  for (let count = 0; count < 10; count++) {
    talk.udp(0, 'reading?');
    talk.udp(1, '21.4');
    talk.wait(8_000);
  }
  const report = talk.finish().udp(0);
  expect(report).toMatchObject({
    protocol: 'udp',
    client: { address: '10.0.0.1', port: 40_000 },
    clientIs: 'first-frame',
    packets: 20,
    pairs: 10,
    unanswered: 0,
    answerNs: { count: 10, p50Ns: 1_000_000 },
    gaps: [],
  });
  expect(report.sides[0]).toMatchObject({
    packets: 10,
    payloadBytes: 80,
    size: { min: 8, p50: 8, max: 8 },
    periodNs: { p50Ns: 10_000_000 },
    isRegular: true,
    rateBps: 6_400,
  });
  expect(linesOf(report, 'data')).toBe(
    'client asks with 8 B, server answers with 4 B after 1 ms, 10 times, every 10 ms',
  );
});

test('silences stand out, and a request without an answer is counted', () => {
  const talk = new CaptureFrames();
  for (let count = 0; count < 10; count++) talk.udp(0, 'x');
  talk.wait(700_000);
  talk.udp(0, 'x');
  talk.udp(1, 'y');
  const report = talk.finish().udp(0);
  expect(report.gaps).toEqual([{ afterFrame: 10, startNs: 9_000_000, durationNs: 701_000_000 }]);
  expect(report).toMatchObject({ pairs: 1, unanswered: 10 });
  expect(linesOf(report, 'silence')).toBe('701 ms after frame 10');
});

test('one direction alone', () => {
  const talk = new CaptureFrames();
  talk.udp(0, 'x');
  expect(linesOf(talk.finish().udp(0), 'answers')).toContain('none');
});

test('an ICMP error is no packet of the conversation that it is about', () => {
  const talk = new CaptureFrames();
  talk.udp(0, 'x');
  const quoted = ipv4Packet(17, udpDatagram(bytesOf('78'), 2_000));
  talk.raw(bytesOf(talk.link, ipv4Packet(1, bytesOf('0303 0000 00000000', quoted))));
  const analysis = talk.finish();
  expect(analysis.totals.udp.packetsOf(1)).toBe(0);
  expect(analysis.udp(1)).toMatchObject({ packets: 0, unreachable: 1 });
  expect(analysis.report({ tcp: [], udp: [] }).other).toEqual([
    {
      name: 'ICMP destination unreachable (port: nobody listens there)',
      packets: 1,
      bytes: 14 + 20 + 8 + 20 + 9,
      firstFrame: 2,
    },
  ]);
});

test('the distance of two requests is no silence, though their answers come soon', () => {
  const talk = new CaptureFrames();
  talk.stepUs = 0;
  for (let index = 0; index < 20; index++) {
    talk.udp(0, 'ask');
    talk.wait(30_000);
    talk.udp(1, 'answer');
    talk.wait(470_000);
  }
  talk.wait(5_000_000);
  talk.udp(0, 'ask');
  expect(
    talk
      .finish()
      .udp(0)
      .gaps.map(({ afterFrame }) => afterFrame),
  ).toEqual([40]);
});
