import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type FilePlan, type FileRequest, planFile } from './file-plan.ts';

const MODIFIED = Date.UTC(2026, 10, 20, 12);
const FILE = { etag: '"64-abc"', modifiedMs: MODIFIED, size: 100 };

function plan(headers: FileRequest['headers'], more: Partial<FileRequest> = {}): FilePlan {
  const nowMs = MODIFIED + 60_000;
  return planFile({
    method: 'GET',
    headers,
    file: FILE,
    type: 'text/plain',
    nowMs,
    boundary: 'XYZ',
    ...more,
  });
}

/** The body with the file's bytes as dots. */
const bodyOf = ({ body }: FilePlan): string =>
  body.map(part => (typeof part === 'string' ? part : '.'.repeat(part.end - part.start))).join('');

test('the whole file, with all that tells its version', () => {
  expect(plan({})).toEqual({
    status: 200,
    headers: {
      ETag: '"64-abc"',
      'Last-Modified': 'Fri, 20 Nov 2026 12:00:00 GMT',
      'Cache-Control': 'no-cache',
      'Accept-Ranges': 'bytes',
      'Content-Type': 'text/plain',
      'Content-Length': 100,
    },
    body: [{ start: 0, end: 100 }],
  });
});

test('a range, and several', () => {
  const one = plan({ range: 'bytes=10-19' });
  expect([one.status, one.headers['Content-Range'], one.headers['Content-Length']]).toEqual([
    206,
    'bytes 10-19/100',
    10,
  ]);
  const two = plan({ range: 'bytes=0-1,-2' });
  expect(two.status).toBe(206);
  expect(two.headers['Content-Type']).toBe('multipart/byteranges; boundary=XYZ');
  expect(two.headers).not.toHaveProperty('Content-Range');
  expect(bodyOf(two)).toBe(
    '\r\n--XYZ\r\nContent-Type: text/plain\r\nContent-Range: bytes 0-1/100\r\n\r\n..' +
      '\r\n--XYZ\r\nContent-Type: text/plain\r\nContent-Range: bytes 98-99/100\r\n\r\n..\r\n--XYZ--\r\n',
  );
});

test('a range that the file does not have, with the size that it has', () => {
  const { status, headers } = plan({ range: 'bytes=100-' });
  expect([status, headers['Content-Range']]).toEqual([416, 'bytes */100']);
});

test('conditions come before ranges', () => {
  expect(plan({ range: 'bytes=500-', 'if-none-match': '"64-abc"' })).toMatchObject({ status: 304, body: [] });
  expect(plan({ range: 'bytes=0-1', 'if-match': '"other"' }).status).toBe(412);
});

test('a range of another version is the whole file', () => {
  expect(plan({ range: 'bytes=0-1', 'if-range': '"64-abc"' }).status).toBe(206);
  expect(plan({ range: 'bytes=0-1', 'if-range': '"other"' }).status).toBe(200);
});

test('HEAD knows no ranges', () => {
  expect(plan({ range: 'bytes=0-1' }, { method: 'HEAD' })).toEqual(plan({}));
});

test('Content-Length is the length of the body', () => {
  const spec = fc
    .tuple(fc.option(fc.nat(150)), fc.option(fc.nat(150)))
    .map(([a, b]) => `${a ?? ''}-${b ?? ''}`);
  fc.assert(
    fc.property(fc.array(spec), fc.nat(120), (specs, size) => {
      const answer = plan({ range: `bytes=${specs}` }, { file: { ...FILE, size } });
      expect(bodyOf(answer)).toHaveLength(answer.headers['Content-Length'] as number);
    }),
  );
});
