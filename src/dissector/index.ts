export { dissectorScript } from './script.ts';
