import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

// Relative addresses throughout, so that the same files work under MEDIALITH_BASE_PATH. No inlined data: URLs and no
// preload polyfill: the server sends `default-src 'self'`, which refuses inline scripts and styles.
export default defineConfig({
  base: './',
  plugins: [react()],
  build: {
    target: 'es2022',
    assetsDir: 'static',
    assetsInlineLimit: 0,
    modulePreload: false,
    reportCompressedSize: false,
  },
  // `npm run dev` shows the page with hot reload over a server that runs: `make run`.
  server: { proxy: { '/v1': { target: process.env['MEDIALITH_URL'] ?? 'http://127.0.0.1:8787', changeOrigin: true } } },
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
});
