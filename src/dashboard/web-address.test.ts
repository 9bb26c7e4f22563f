import { expect, test } from 'vitest';
import { parseWebAddress } from './web-address.ts';

test.each([
  ['8080', '127.0.0.1', 8080],
  ['0', '127.0.0.1', 0],
  ['localhost:80', 'localhost', 80],
  ['0.0.0.0:8080', '0.0.0.0', 8080],
  ['*:8080', '*', 8080],
  ['[::1]:65535', '::1', 65_535],
])('%s is a place', (text, host, port) => {
  expect(parseWebAddress(text)).toEqual({ host, port });
});

test.each([
  '',
  'x',
  ':8080',
  '::1:8080',
  '[::1]',
  '[x]:80',
  'http://a:80',
  'a:65536',
  '80 ',
  'a b:80',
  '-1',
  'a@b:80',
])('"%s" is none', text => {
  expect(() => parseWebAddress(text)).toThrow(expect.objectContaining({ code: 'SW_BAD_URL' }));
});
