export { type Dashboard, type DashboardOptions, openDashboard } from './dashboard.ts';
export { LiveFeed } from './live-feed.ts';
export { parseWebAddress, type WebAddress } from './web-address.ts';
