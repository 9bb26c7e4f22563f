import { describe, expect, it } from 'vitest';
import { nearest } from './nearest.ts';
import { SpecOptions } from './spec-options.ts';

const KEYS = ['period', 'mean', 'name', 'unit', 'type'];
const parse = (text: string): SpecOptions => SpecOptions.parse(`sine:${text}`, text, KEYS);

describe('SpecOptions', () => {
  it('reads what is there and falls back for the rest', () => {
    const options = parse('period=10s,mean=-2.5,unit=m/s²');
    expect(options.duration('period', 1)).toBe(10_000_000);
    expect(options.number('mean', 0)).toBe(-2.5);
    expect(options.text('unit', '')).toBe('m/s²');
    expect(options.text('name', 'sine')).toBe('sine');
    expect(options.choice('type', ['int', 'float64'])).toBe('int');
  });

  it.each([
    ['perod=1s', /did you mean "period"/],
    ['colour=red', /there is no option "colour".*period, mean/],
    ['period', /should be key=value/],
    ['mean=1,mean=2', /given twice/],
  ])('refuses %s', (text, message) => {
    expect(() => parse(text)).toThrow(message);
    expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'SW_BAD_SENSOR' }));
  });

  it.each([
    ['mean=', /should be a whole number/],
    ['mean=many', /should be a whole number/],
    ['mean=Infinity', /should be a whole number/],
    ['mean=11', /up to 10/],
    ['mean=1.5', /whole number/],
  ])('refuses the number in %s', (text, message) => {
    expect(() => parse(text).number('mean', 0, { least: 0, most: 10, whole: true })).toThrow(message);
  });

  it('refuses a period that is none, and a type that there is not', () => {
    expect(() => parse('period=0').duration('period', 1)).toThrow(/duration above 0/);
    expect(() => parse('period=fast').duration('period', 1)).toThrow(/sine:period=fast.*duration above 0/);
    expect(() => parse('type=double').choice('type', ['int', 'float64'])).toThrow(/one of int, float64/);
  });

  it('splits a path with commas and equals signs from the options behind it', () => {
    const [path, options] = SpecOptions.parsePath('csv:x', '/tmp/a,b=c,d.csv,name=room,unit=°C', KEYS);
    expect(path).toBe('/tmp/a,b=c,d.csv');
    expect([options.text('name', ''), options.text('unit', '')]).toEqual(['room', '°C']);
    expect(SpecOptions.parsePath('csv:x', 'name=room', KEYS)[0]).toBe('name=room');
  });
});

describe('nearest', () => {
  it('finds a slip of the finger and nothing in another word', () => {
    const words = ['random', 'sine', 'square', 'stdin', 'csv'];
    expect(nearest('sinus', words)).toBe('sine');
    expect(nearest('Randm', words)).toBe('random');
    expect(nearest('barometer', words)).toBeUndefined();
    expect(nearest('x', words)).toBeUndefined();
  });
});
