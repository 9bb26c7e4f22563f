import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HttpProblem } from './http-problem.ts';
import { MOST_TARGET_BYTES } from './limits.ts';
import { formatPath, parseTarget } from './target.ts';

const statusOf = (text: string): number => {
  try {
    parseTarget(text);
    return 200;
  } catch (error) {
    if (error instanceof HttpProblem) return error.status;
    throw error;
  }
};

describe('parseTarget', () => {
  test.each([
    ['/', [], true, ''],
    ['/a.txt', ['a.txt'], false, ''],
    ['/a/b/?x=/../y', ['a', 'b'], true, '?x=/../y'],
    ['//a///b', ['a', 'b'], false, ''],
    ['/we%20l%C3%A4uft%2B+%3F', ['we läuft++?'], false, ''],
    // Bytes that the client has not encoded come as one character each.
    ['/l\u00c3\u00a4uft', ['läuft'], false, ''],
    // Decoded once: this is a name with a percent sign.
    ['/%252e%252e', ['%2e%2e'], false, ''],
    ['/...', undefined, false, ''],
    ['http://host:80/a?b', ['a'], false, '?b'],
    ['HTTP://host', [], true, ''],
    ['/.well-known/x', ['.well-known', 'x'], false, ''],
  ])('reads %s', (text, names, isFolder, query) => {
    if (names === undefined) expect(statusOf(text)).toBe(404);
    else expect(parseTarget(text)).toEqual({ names, isFolder, query });
  });

  test.each([
    ['', 400],
    ['*', 400],
    ['a', 400],
    ['ftp://host/a', 400],
    ['/a#b', 400],
    ['/..', 400],
    ['/a/../b', 400],
    ['/%2e%2E/etc/passwd', 400],
    ['/.%2e', 400],
    ['/./a', 400],
    ['/a%00.txt', 400],
    ['/..\\..\\x', 400],
    ['/a%5c..', 400],
    ['/%', 400],
    ['/%zz', 400],
    ['/%ff', 400],
    // Overlong forms of a dot and of a slash, and half of a surrogate pair: no UTF-8.
    ['/%c0%ae%c0%ae/', 400],
    ['/..%c0%af', 400],
    ['/%ed%a0%80', 400],
    ['/a%2fb', 404],
    ['/..%2f..%2fetc', 404],
    ['/.git/config', 404],
    ['/%2egit', 404],
    [`/${'a'.repeat(MOST_TARGET_BYTES)}`, 414],
  ])('refuses %s with %i', (text, status) => {
    expect(statusOf(text)).toBe(status);
  });

  const encoded = fc.constantFrom(
    '/',
    '.',
    '..',
    '%2e',
    '%2f',
    '%5c',
    '\\',
    '%00',
    '%',
    '?',
    '#',
    'a',
    '%c0%ae',
  );
  test('whatever it takes stays in the folder, and the rest is an HttpProblem', () => {
    const targets = fc.oneof(
      fc.array(encoded).map(parts => `/${parts.join('')}`),
      fc.string({ unit: fc.integer({ min: 0, max: 255 }).map(code => String.fromCharCode(code)) }),
    );
    fc.assert(
      fc.property(targets, text => {
        if (statusOf(text) !== 200) return;
        const { names } = parseTarget(text);
        const path = join('/served', ...names);
        expect(path === '/served' || path.startsWith('/served/')).toBe(true);
        expect(path.split('/')).toHaveLength(names.length + 2);
        expect(path).not.toContain('\0');
      }),
      { numRuns: 2_000 },
    );
  });

  test('reads what formatPath writes', () => {
    const name = fc
      .string({ unit: 'binary', minLength: 1, maxLength: 20 })
      .filter(text => !/[\0\\/]|^\./.test(text) && text.isWellFormed());
    fc.assert(
      fc.property(fc.array(name), fc.boolean(), (names, isFolder) => {
        const path = formatPath(names, isFolder || names.length === 0);
        expect(path).toMatch(/^\/([^/]|$)/);
        expect(parseTarget(path)).toEqual({ names, isFolder: isFolder || names.length === 0, query: '' });
      }),
    );
  });
});
