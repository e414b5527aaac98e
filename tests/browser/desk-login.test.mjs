// Somebody who works at the gym lets the front desk's page in by its code. On WeChat's component framework in a DOM without a browser.

import assert from 'node:assert/strict'
import { before, test } from 'node:test'

import { build } from '../../tools/browser/build.mjs'
import { everything } from '../../tools/browser/mock/people.mjs'
import { problem } from '../../tools/browser/mock/service.mjs'
import { domPhone, startDom } from './lib/dom.mjs'

before(() => startDom(build({ name: 'miniprogram' })))

const coach = { ...everything, role: 'coach' }
const page = { path: 'pages/me/desk-login', scenario: coach }

/** Types into the one field of the page. */
function type(value) {
  globalThis.host.page().onCode({ detail: { value } })
}

test('only people who work at the gym find the way, and everybody sees their account number', async () => {
  await domPhone({ path: 'pages/me/index', scenario: coach }, async ({ tap, text }) => {
    assert.match(text(), /账号 1 · 版本/)
    await tap('link', '登录前台')
    assert.deepEqual(globalThis.host.stack(), ['pages/me/index', 'pages/me/desk-login'])
  })
  await domPhone({ path: 'pages/me/index', scenario: everything }, async ({ names, text }) => {
    assert.match(text(), /账号 1 · 版本/)
    assert.ok(!names('link').some((name) => name.includes('登录前台')), names('link').join())
  })
})

test('a page is let in by its code, however it is typed', () =>
  domPhone(page, async ({ tap, text, data, seen }) => {
    await tap('button', '下一步')
    type('bcdfghj')
    await tap('button', '下一步')
    assert.equal(data().step, 'code', 'seven letters are not a code')
    type('bcdf ghjk')
    assert.equal(data().code, 'BCDF-GHJK')
    await tap('button', '下一步')
    assert.match(text(), /Windows 电脑 · Chrome.*203\.0\.113\.7/)
    await tap('button', '允许登录')
    assert.match(text(), /已允许登录/)
    assert.equal(seen('POST /auth/device/approve'), 1)
  }))

test('a page is sent away', () =>
  domPhone(page, async ({ tap, text }) => {
    type('BCDFGHJK')
    await tap('button', '下一步')
    await tap('button', '拒绝')
    assert.match(text(), /已拒绝.*没有登录/)
  }))

test('a wrong code, one too many, and a missing network are said in the page', async () => {
  await domPhone(page, async ({ tap, text, data }) => {
    type('BCDFGHJX')
    await tap('button', '下一步')
    assert.match(text(), /没有页面在等这个验证码/)
    type('BCDFGHJK')
    assert.equal(data().problem, '')
  })
  const limited = { ...coach, intercept: ({ path }) => (path.startsWith('/auth/device/') ? problem(429, 'rate_limited', { retryAfter: 2400 }) : undefined) }
  await domPhone({ ...page, scenario: limited }, async ({ tap, text }) => {
    type('BCDFGHJK')
    await tap('button', '下一步')
    assert.match(text(), /请 40 分钟后再试/)
  })
})
