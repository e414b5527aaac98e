// The page /docs: it shows every operation of the contract, can call one, and loads nothing from other hosts.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, test } from 'node:test'
import { launch } from '../../tools/browser/lib/browser.mjs'
import { startBackend } from '../../tools/stack/backend.mjs'

const varDir = mkdtempSync(path.join(os.tmpdir(), 'gym-docs-'))
const stops = [() => rmSync(varDir, { recursive: true, force: true })]
after(async () => {
  for (const stop of stops.reverse()) await stop()
})

test('/docs shows every operation of the contract and can call one', async () => {
  const backend = await startBackend({ varDir })
  stops.push(backend.stop)
  const browser = await launch()
  stops.push(() => browser.close())
  const page = await browser.newPage()
  const faults = []
  page.on('pageerror', (error) => faults.push(error.message))
  page.on('request', (request) => {
    if (/^https?:/.test(request.url()) && !request.url().startsWith(backend.url)) faults.push(`asked for ${request.url()}`)
  })

  await page.goto(`${backend.url}/docs`)
  await page.locator('.opblock').first().waitFor()
  const { paths } = await (await fetch(`${backend.url}/api/v1/openapi.json`)).json()
  const operations = Object.values(paths).flatMap((methods) => Object.values(methods))
  assert.equal(await page.locator('.opblock').count(), operations.length)

  const time = page.locator('.opblock', { has: page.locator('[data-path="/api/v1/time"]') })
  await time.locator('.opblock-summary-control').click()
  await time.getByRole('button', { name: 'Try it out' }).click()
  await time.getByRole('button', { name: 'Execute' }).click()
  const { now } = await (await fetch(`${backend.url}/api/v1/time`)).json()
  await time.locator('.live-responses-table', { hasText: now }).waitFor()
  assert.deepEqual(faults, [])
})
