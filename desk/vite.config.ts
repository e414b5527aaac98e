import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'

const here = (path: string) => new URL(path, import.meta.url).pathname

export default defineConfig({
  base: '/desk/',
  plugins: [vue()],
  resolve: {
    alias: [
      // The sentences and times of the mini-program read its settings; the desk has its own.
      { find: /^\.\.\/config$/, replacement: here('src/words/config.ts') },
      { find: '@rules', replacement: here('../wasm-pkg/dist/web/index.js') },
    ],
  },
  build: {
    target: 'es2022',
    // The folder above holds what the worker's static assets are: the page under its path, and their headers.
    outDir: 'dist/desk',
    // A page that opens for the first time loads at most 400 KB after gzip; scripts/build-desk measures it.
    chunkSizeWarningLimit: 700,
  },
})
