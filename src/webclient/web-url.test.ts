import { expect, test } from 'vitest';
import { fileNameOf, parseWebUrl } from './web-url.ts';

test.each([
  [
    'http://a.example/x?y#z',
    {
      href: 'http://a.example/x?y',
      host: 'a.example',
      port: 80,
      authority: 'a.example',
      target: '/x?y',
      isSecure: false,
    },
  ],
  [
    'https://a.example:8443',
    { host: 'a.example', port: 8443, authority: 'a.example:8443', target: '/', isSecure: true },
  ],
  ['HTTP://[::1]:8000/', { host: '::1', port: 8000, authority: '[::1]:8000' }],
  ['localhost:8000/a b', { href: 'http://localhost:8000/a%20b', host: 'localhost', port: 8000 }],
  ['127.0.0.1/ä', { target: '/%C3%A4' }],
])('%s', (text, expected) => {
  expect(parseWebUrl(text)).toMatchObject(expected);
});

test.each([
  ['', /is no address/],
  ['http://', /is no address/],
  ['http://a:99999/', /is no address/],
  ['ftp://a/', /has the scheme ftp: write/],
  ['http://me:secret@a/', /has a user name/],
])('"%s" is refused', (text, message) => {
  expect(() => parseWebUrl(text)).toThrow(message);
});

test('a redirect is relative to what redirects', () => {
  const base = parseWebUrl('https://a.example:1/b/c?d');
  expect(parseWebUrl('../e', base).href).toBe('https://a.example:1/e');
  expect(parseWebUrl('//f/g', base).href).toBe('https://f/g');
  expect(parseWebUrl('?x', base).href).toBe('https://a.example:1/b/c?x');
});

test.each([
  ['http://a/b/readings.csv?x=/y', 'readings.csv'],
  ['http://a/l%C3%A4uft.txt', 'läuft.txt'],
  ['http://a/100%', '100%'],
  ['http://a/', undefined],
  ['http://a/b/', undefined],
  ['http://a/..%2f..%2fetc%2fpasswd', undefined],
  ['http://a/%2e%2e%5cx', undefined],
  ['http://a/x%00y', undefined],
])('the name of %s', (text, name) => {
  expect(fileNameOf(parseWebUrl(text))).toBe(name);
});
