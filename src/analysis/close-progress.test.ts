import { describe, expect, test } from 'vitest';
import { FLAGS } from '../testing/conversation-frames.ts';
import { CaptureFrames } from '../testing/packets-capture.ts';

const FIN = { flags: FLAGS.fin | FLAGS.ack } as const;

function opened(): CaptureFrames {
  const talk = new CaptureFrames();
  talk.stepUs = 100;
  talk.open();
  return talk;
}

/** Frame and note of the steps from frame 4 on. */
function notesOf(talk: CaptureFrames): string[] {
  const { ladder } = talk.finish().tcp(0);
  return ladder.filter(({ frame }) => frame > 3).map(({ frame, note }) => `${frame} ${note}`);
}

describe('an ACK has a FIN only where its number is past it', () => {
  test('both close at once: each FIN has an ACK of its own', () => {
    const talk = opened();
    talk.tcp(0, '', FIN);
    talk.tcp(1, '', { ...FIN, acknowledgment: 1_001 });
    talk.tcp(0, '');
    talk.tcp(1, '');
    expect(notesOf(talk)).toEqual([
      '4 FIN: I have sent everything',
      '5 FIN: I have sent everything (the other side’s FIN is not here yet)',
      '6 has the FIN (frame 5), 100 µs later',
      '7 has the FIN (frame 4), 300 µs later: closed',
    ]);
    expect(talk.analysis.tcp(0).close).toMatchObject({ state: 'closed', lastAck: 7 });
  });

  test('data before it are missing', () => {
    const talk = opened();
    talk.tcp(0, 'a'.repeat(100));
    // Bytes 101 to 200 do not arrive.
    talk.next[0] += 100;
    talk.tcp(0, '', FIN);
    talk.tcp(1, '', { acknowledgment: 1_101 });
    talk.tcp(0, 'b'.repeat(100), { sequence: 1_101 });
    talk.tcp(1, '');
    expect(notesOf(talk).slice(1)).toEqual([
      '5 FIN: I have sent everything',
      '6 has everything up to byte 100 (frame 4), 200 µs later; the FIN not yet',
      expect.stringMatching(/^7 bytes 101 to 200/),
      '8 has the FIN (frame 5), 300 µs later',
    ]);
  });

  test('the FIN is lost and sent again', () => {
    const talk = opened();
    talk.tcp(0, 'hello');
    talk.tcp(0, '', FIN);
    talk.tcp(1, '', { acknowledgment: 1_006 });
    talk.wait(400_000);
    talk.tcp(0, '', { ...FIN, sequence: 1_006 });
    talk.tcp(1, '');
    expect(notesOf(talk).slice(1)).toEqual([
      '5 FIN: I have sent everything',
      '6 has everything up to byte 5 (frame 4), 200 µs later; the FIN not yet',
      '7 the FIN again: no ACK had come',
      '8 has the FIN (frame 5), 400 ms later',
    ]);
  });

  test('half-close, and 50 segments of data after it', () => {
    const talk = opened();
    talk.tcp(0, '', FIN);
    talk.tcp(1, '');
    for (let index = 0; index < 50; index++) {
      talk.tcp(1, 'still here');
      talk.tcp(0, '');
    }
    talk.tcp(1, '', FIN);
    talk.tcp(0, '');
    const notes = notesOf(talk);
    expect(notes.slice(0, 4)).toEqual([
      '4 FIN: I have sent everything',
      '5 has the FIN (frame 4), 100 µs later',
      '6 bytes 1 to 10; PSH: that is all for now, hand it over',
      '7 has everything up to byte 10 (frame 6), 100 µs later',
    ]);
    expect(notes.slice(-4)).toEqual([
      '104 bytes 491 to 500',
      '105 has everything up to byte 500 (frame 104), 100 µs later',
      '106 FIN: I have sent everything, too',
      '107 has the FIN (frame 106), 100 µs later: closed',
    ]);
    expect(talk.analysis.tcp(0).close).toMatchObject({ bytesAfterFin: 500, lastAck: 107 });
  });

  test('a FIN with data, and the ACK of it on board of an answer', () => {
    const talk = opened();
    talk.tcp(0, 'last words', { flags: FLAGS.fin | FLAGS.psh | FLAGS.ack });
    talk.tcp(1, '', { acknowledgment: 1_011 });
    talk.tcp(1, 'good bye', { acknowledgment: 1_012 });
    talk.tcp(1, '', FIN);
    talk.tcp(0, '');
    expect(notesOf(talk)).toEqual([
      '4 bytes 1 to 10; PSH: that is all for now, hand it over; FIN: I have sent everything',
      '5 has everything up to byte 10; the FIN not yet',
      '6 bytes 1 to 8, with the ACK of the FIN (4) on board; PSH: that is all for now, hand it over',
      '7 FIN: I have sent everything, too',
      '8 has the FIN (frame 7), 100 µs later: closed',
    ]);
  });

  test('the ports are used again: the FINs of before are none of the new connection', () => {
    const talk = opened();
    talk.close();
    talk.next[0] = 900_000;
    talk.next[1] = 700_000;
    talk.open();
    talk.tcp(0, 'hello');
    talk.tcp(1, '');
    expect(talk.finish().tcp(1).ladder.at(-1)?.note).toBe(
      'has everything up to byte 5 (frame 10), 100 µs later',
    );
  });
});
