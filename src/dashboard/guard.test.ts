import { hostname } from 'node:os';
import { expect, test } from 'vitest';
import { checkCommand, checkHost } from './guard.ts';

test.each([
  '127.0.0.1:8080',
  'localhost:8080',
  'LOCALHOST',
  '[::1]:8080',
  '192.168.1.5',
  'page.localhost:1',
  `${hostname()}:8080`,
  'box.lan:8080',
])('the host %s is ours', host => {
  expect(() => checkHost({ host }, 'box.lan')).not.toThrow();
});

test.each([undefined, '', 'evil.example:8080', 'localhost.evil.example', '127.0.0.1.evil.example'])(
  'the host %s is not',
  host => {
    expect(() => checkHost(host === undefined ? {} : { host }, '127.0.0.1')).toThrow(
      expect.objectContaining({ status: 421 }),
    );
  },
);

const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8', host: 'localhost:1' };

test('a command comes from our page, or from no browser', () => {
  expect(() => checkCommand(JSON_TYPE)).not.toThrow();
  expect(() =>
    checkCommand({ ...JSON_TYPE, origin: 'http://localhost:1', 'sec-fetch-site': 'same-origin' }),
  ).not.toThrow();
});

test.each([
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'same-site' },
  { origin: 'http://evil.example' },
  { origin: 'http://localhost:2' },
  { origin: 'https://localhost:1' },
  { origin: 'null' },
])('a command with %j is refused', headers => {
  expect(() => checkCommand({ ...JSON_TYPE, ...headers })).toThrow(expect.objectContaining({ status: 403 }));
});

test('a command is JSON, which a form cannot send', () => {
  for (const type of [undefined, 'text/plain', 'application/x-www-form-urlencoded', 'application/jsonp']) {
    expect(() => checkCommand({ host: 'localhost:1', ...(type && { 'content-type': type }) })).toThrow(
      expect.objectContaining({ status: 415 }),
    );
  }
});
