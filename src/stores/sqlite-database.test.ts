import { expect, test } from 'vitest';
import { sqliteFailure } from './sqlite-database.ts';

function sqliteError(errcode: number): Error {
  return Object.assign(new Error('from SQLite'), { errcode });
}

test.for([
  [5, 'SW_STORE_BUSY', true],
  [517, 'SW_STORE_BUSY', true],
  [8, 'SW_STORE_READ_ONLY', false],
  [1032, 'SW_STORE_READ_ONLY', false],
  [13, 'SW_STORE_FULL', true],
  [11, 'SW_STORE_DAMAGED', false],
  [26, 'SW_STORE_DAMAGED', false],
  [14, 'SW_STORE_FAILED', false],
  [778, 'SW_STORE_FAILED', true],
  [1, 'SW_STORE_FAILED', false],
] as const)('SQLite code %i is %s', ([errcode, code, retryable]) => {
  expect(sqliteFailure(sqliteError(errcode), 'x.db')).toMatchObject({ code, retryable });
});

test('a damaged database says how to save what can be read', () => {
  expect(sqliteFailure(sqliteError(11), 'x.db').message).toContain('sqlite3 x.db .recover');
});

test('what SQLite did not throw stays as it is', () => {
  const error = new TypeError('ours');
  expect(sqliteFailure(error, 'x.db')).toBe(error);
});
