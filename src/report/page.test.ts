import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { behaviourOf } from '../analysis/behaviour.ts';
import type { CaptureReport } from '../analysis/model.ts';
import { Pipeline } from '../analysis/pipeline.ts';
import { ExampleCapture, echoCapture, lossyCapture } from '../testing/report-example.ts';
import { FrameViews } from './frame-view.ts';
import { MOST_CAPTURES, MOST_POINTS } from './limits.ts';
import { reportPage } from './page.ts';
import type { ReportedCapture } from './report-input.ts';
import { SCRIPT, SCRIPT_HASH } from './script.ts';
import { framesInDetail } from './subjects.ts';

function reported(capture: ExampleCapture, name?: string): ReportedCapture {
  const report = capture.report(name);
  const views = new FrameViews(framesInDetail(report));
  capture.replay(new Pipeline(views, { wireshark: '4.0' }));
  return { report, behaviour: behaviourOf(capture.analyse('')), frames: views.views };
}

function pageOf(...captures: readonly ReportedCapture[]): string {
  return reportPage({ captures, version: '1.2.3' });
}

/** Text as somebody reads it. */
function textOf(page: string): string {
  return page
    .replace(/<(style|script)>.*?<\/\1>/gs, '')
    .replace(/<[^>]+>/g, '')
    .replace(/\s+/g, ' ');
}

function datagrams(count: number): ExampleCapture {
  const capture = new ExampleCapture();
  for (let index = 0; index < count; index++) {
    capture.udp(0, `T=${20 + index}`);
    capture.udp(1, 'ok');
  }
  return capture;
}

describe('a report', () => {
  it('runs no script but its own: the policy has its hash', () => {
    expect(SCRIPT_HASH).toBe(`sha256-${createHash('sha256').update(SCRIPT).digest('base64')}`);
    const page = pageOf(reported(echoCapture()));
    expect(page).toContain(`script-src '${SCRIPT_HASH}'`);
    expect(page.match(/<script>/g)).toHaveLength(1);
    expect(page).not.toMatch(/<(link|img|iframe|object|embed|base)\b/);
    expect(page).not.toMatch(/(src|href)="(?!#)/);
  });

  it('answers the questions of the lab with frames and numbers', () => {
    const text = textOf(pageOf(reported(echoCapture())));
    expect(text).toContain('It is in frames 1, 2 and 3 (TCP conversation 0) and takes 2 ms');
    expect(text).toContain('PSH is set in 10 of 10 segments with data');
    expect(text).toContain('Frame 4 has 78 bytes on the wire');
    expect(text).toContain('The first payload of the client is in frame 4: Hello, world, 12 B.');
    expect(text).toContain(
      'The answer in frame 5 has the same bytes: the server sends back what it receives.',
    );
    expect(text).toContain('UDP: not in this capture');
    expect(text).toMatch(/on the wire for 120 B of payload/);
  });

  it('answers them without TCP, too', () => {
    const text = textOf(pageOf(reported(datagrams(20))));
    expect(text).toContain('There is none: the capture has no TCP.');
    expect(text).toContain('TCP: not in this capture');
    expect(text).toContain('One sendto() of the program is one datagram');
  });

  it('is a report of nothing where the capture has nothing', () => {
    const text = textOf(pageOf(reported(new ExampleCapture())));
    expect(text).toContain('The capture has neither TCP nor UDP.');
  });

  it('has captures side by side, as many as fit', () => {
    const both = textOf(pageOf(reported(echoCapture(), 'tcp.pcap'), reported(datagrams(20), 'udp.pcap')));
    expect(both).toContain('Bytes for one message');
    expect(both).toContain('Conversations of udp.pcap');
    const one = reported(echoCapture());
    const many = pageOf(...Array.from({ length: MOST_CAPTURES + 2 }, () => one));
    expect(textOf(many)).toContain('2 more captures were given than fit');
  });

  it('shows folders of nobody’s machine', () => {
    const page = pageOf(reported(echoCapture(), '/home/somebody/secret/lab.pcapng'));
    expect(page.slice(0, page.indexOf('The capture in detail'))).not.toContain('secret');
  });

  it('keeps hostile payloads, names and comments text', () => {
    const evil = `</script><script>alert(1)</script><img src=x onerror="alert('2')">\u0000\u202e`;
    const { report, behaviour, frames } = reported(echoCapture(evil), `${evil}.pcap`);
    const capture: CaptureReport = {
      ...report,
      capture: {
        ...report.capture,
        application: evil,
        os: evil,
        damage: { reason: 'cut-short', message: evil, offset: 1 },
        interfaces: [
          {
            index: 0,
            name: evil,
            description: evil,
            linkType: 1,
            linkTypeName: 'Ethernet',
            snapLength: 0,
            filter: evil,
            packets: 1,
            drops: 0,
            received: 0,
          },
        ],
        artefacts: [{ kind: 'limit', text: evil, advice: evil, frames: 0, firstFrame: null }],
      },
      other: [{ name: evil, packets: 1, bytes: 1, firstFrame: 1 }],
    };
    const page = pageOf({ report: capture, behaviour, frames });
    expect(page.match(/<script/g)).toHaveLength(1);
    expect(page.match(/<\/script/g)).toHaveLength(1);
    expect(page).not.toContain('<img');
    expect(page).not.toContain('\u0000');
    expect(page).not.toContain('\u202e');
    expect(page).toContain('&lt;img src=x');
  });

  it('stays small however many packets there are, and says what was left out', () => {
    const capture = new ExampleCapture();
    const bytes = new Uint8Array(100);
    capture.open();
    for (let index = 0; index < 4_000; index++) {
      capture.tcp(0, bytes);
      capture.tcp(1, '');
    }
    const page = pageOf(reported(capture));
    expect(page.length).toBeLessThan(250_000);
    expect(textOf(page)).toContain(`drawn as ${MOST_POINTS.toLocaleString('en-US')} strokes`);
  });

  it('joins losses to their repair and marks them in the plots', () => {
    const page = pageOf(reported(lossyCapture()));
    expect(page).toContain('is sent again in frame 24');
    expect(page).toContain('title="frame 24: sent again">↻</i>');
  });
});
