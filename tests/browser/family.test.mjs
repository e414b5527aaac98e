// How a family comes in: a child is added by a code, another parent is invited by a card, and the guardians of a child say
// who is told, and leave. On WeChat's component framework in a DOM without a browser.

import assert from 'node:assert/strict'
import { before, test } from 'node:test'

import { build } from '../../tools/browser/build.mjs'
import { everything, parents, profiles, sessions } from '../../tools/browser/mock/people.mjs'
import { CLAIM_CODE, guardian, problem } from '../../tools/browser/mock/service.mjs'
import { domPhone, startDom } from './lib/dom.mjs'

const ADD = 'pages/me/add-child'
const ME = 'pages/me/index'
const FAMILY = 'pages/me/guardians?profile=11'
const newcomer = { profiles: [], sessions, claimable: profiles[0] }

before(() => startDom(build({ name: 'miniprogram' })))

const type = (value) => globalThis.host.page().onCode({ detail: { value } })
const dialogs = () => [...document.querySelectorAll('#overlay [role="dialog"]')].map((one) => one.textContent)
const press = (button) => document.querySelector(`#overlay .modal__${button}`).click()
const toast = () => document.querySelector('#overlay [role="status"]')?.textContent

test('a family without a child adds it on its first screen, however the code is typed, and can book at once', () =>
  domPhone({ path: 'pages/classes/index', scenario: newcomer }, async ({ tap, text, loaded, seen, data }) => {
    await tap('button', '添加孩子')
    assert.deepEqual(globalThis.host.stack(), ['pages/classes/index', ADD])
    type('bcdf ghj')
    await tap('button', '添加孩子')
    assert.equal(seen('POST /profiles/claim'), 0, 'seven letters are not a code')
    type('添加码：ｂcdf-ghjk')
    assert.equal(data().code, CLAIM_CODE)
    await tap('button', '添加孩子')
    assert.match(text(), /已添加林小满现在可以为林小满预约和候补了/)
    await tap('button', '看看课程')
    await loaded()
    assert.doesNotMatch(text(), /先看看课表/)
    await tap('button', '预约，吊环入门')
    await loaded()
    assert.equal(seen('POST /bookings'), 1)
  }))

test('who books without a child is led to 添加孩子', () =>
  domPhone({ path: 'pages/classes/index', scenario: newcomer }, async ({ tap, loaded }) => {
    await tap('button', '预约，吊环入门')
    await loaded()
    assert.match(dialogs().join(), /还没有添加孩子/)
    press('confirm')
    await loaded()
    assert.deepEqual(globalThis.host.stack(), ['pages/classes/index', ADD])
  }))

test('the child that was added is the one that is booked for, beside those that were there', () =>
  domPhone({ path: ADD, scenario: { profiles: profiles.slice(0, 1), sessions, claimable: profiles[1] } }, async ({ tap, loaded, text }) => {
    type(CLAIM_CODE)
    await tap('button', '添加孩子')
    assert.match(text(), /已添加林小雨/)
    await tap('button', '看看课程')
    await loaded()
    assert.equal(globalThis.host.data().profileId, 12)
    assert.equal(globalThis.host.data().profiles.length, 2)
  }))

test('a card opens with its code filled in: one tap adds the child, and the card opened again says that it is there already', async () => {
  await domPhone({ path: `${ADD}?code=${CLAIM_CODE}`, scenario: newcomer }, async ({ tap, text, data, seen }) => {
    assert.match(text(), /家人邀请你一起照看孩子/)
    assert.equal(data().code, CLAIM_CODE)
    await tap('button', '添加孩子')
    assert.match(text(), /已添加林小满/)
    assert.equal(seen('POST /profiles/claim'), 1)
  })
  await domPhone({ path: `${ADD}?code=${CLAIM_CODE}`, scenario: { profiles, claimable: profiles[0] } }, async ({ tap, text }) => {
    await tap('button', '添加孩子')
    assert.match(text(), /林小满已经在你的账号里不用再添加/)
  })
  await domPhone({ path: `${ADD}?code=BC`, scenario: newcomer }, async ({ text }) => assert.match(text(), /输入添加码/))
})

test('a wrong code, too many guardians, too many tries, and a missing network are said in the page', async () => {
  const refusals = [
    [undefined, /没有找到这个添加码/],
    [problem(409, 'too_many_guardians'), /已经有六位家长了/],
    [problem(429, 'rate_limited', { retryAfter: 2221 }), /试的次数太多了，请 38 分钟后再试。/],
    [problem(429, 'rate_limited', { retryAfter: 3 }), /请过一会儿再试/],
    [problem(503, 'unavailable'), /服务正在恢复/],
  ]
  for (const [answer, words] of refusals) {
    const intercept = ({ path }) => (path === '/profiles/claim' ? answer : undefined)
    await domPhone({ path: ADD, scenario: { profiles: [], intercept } }, async ({ tap, text, data }) => {
      type(CLAIM_CODE)
      await tap('button', '添加孩子')
      assert.match(text(), words)
      type('BCDF')
      assert.equal(data().problem, '', 'a new code is a new try')
    })
  }
  await domPhone({ path: ADD, scenario: newcomer }, async ({ tap, text, seen }) => {
    type(CLAIM_CODE)
    globalThis.host.setNetwork('off')
    await tap('button', '添加孩子')
    assert.match(text(), /网络/)
    assert.equal(seen('POST /profiles/claim'), 0)
    globalThis.host.setNetwork('on')
    await tap('button', '添加孩子')
    assert.match(text(), /已添加林小满/)
  })
})

test('我的 lists all children, adds one more, and shows a child that was added elsewhere', async () => {
  await domPhone({ path: ME, scenario: everything }, async ({ names, tap }) => {
    assert.deepEqual(
      names('link').filter((name) => /家人|孩子/.test(name)),
      ['林小满的家人，邀请家人，看谁收消息', '林小雨的家人', '添加孩子'],
    )
    await tap('link', '林小雨的家人')
    assert.deepEqual(globalThis.host.stack(), [ME, 'pages/me/guardians'])
    assert.equal(globalThis.host.data().title, '林小雨的家人')
  })
  let all = []
  const intercept = ({ path }) => (path === '/profiles' ? { status: 200, body: { items: all, next_cursor: null } } : undefined)
  await domPhone({ path: ME, scenario: { profiles: [], intercept } }, async ({ names, loaded, text }) => {
    assert.ok(names('link').includes('添加孩子，用前台给的添加码，添加后就能预约'), names('link').join())
    all = profiles.slice(0, 1)
    await globalThis.host.page().refresh()
    await loaded()
    assert.match(text(), /林小满.*家人/)
  })
})

test('the first guardian invites by a card that carries the code; the menu gives a card without it', () =>
  domPhone({ path: FAMILY, scenario: { ...everything, guardians: parents } }, async ({ tap, text, loaded, seen }) => {
    await tap('button', '邀请家人')
    await loaded()
    assert.equal(seen('POST /profiles/11/claim-code'), 1)
    assert.match(text(), /BCDF-GHJK3月7日 周六 10:00 前有效，只能用一次/)
    assert.deepEqual(globalThis.host.page().onShareAppMessage({ from: 'menu' }).path, '/pages/classes/index')
    await tap('button', '发给家人')
    assert.match(dialogs().join(), /邀请你一起照看林小满的体操课/)
    press('confirm')
    await loaded()
    assert.deepEqual(globalThis.host.shared(), { title: '邀请你一起照看林小满的体操课', path: `/${ADD}?code=${CLAIM_CODE}` })
  }))

test('a code is not shown any longer once somebody has joined', () => {
  const rows = [guardian(1, -90, { first: true })]
  const scenario = { ...everything, guardians: { 11: rows } }
  const intercept = ({ path }) => (path === '/profiles/11/guardians' ? { status: 200, body: { items: rows, next_cursor: null } } : undefined)
  return domPhone({ path: FAMILY, scenario: { ...scenario, intercept } }, async ({ tap, text, loaded }) => {
    await tap('button', '邀请家人')
    await loaded()
    assert.match(text(), /BCDF-GHJK/)
    rows.push(guardian(7, 0))
    await globalThis.host.page().refresh()
    await loaded()
    assert.match(text(), /账号 7/)
    assert.doesNotMatch(text(), /BCDF-GHJK/)
  })
})

test('a guardian says whether messages come to the phone; where nobody is told the page warns', async () => {
  const scenario = { ...everything, guardians: { 11: [guardian(1, -90, { first: true }), guardian(7, -3, { told: false })] } }
  const toggle = (value) => globalThis.host.page().onTold({ detail: { value } })
  await domPhone({ path: FAMILY, scenario }, async ({ text, seen, loaded, data }) => {
    assert.doesNotMatch(text(), /谁也不会被通知/)
    await toggle(false)
    await loaded()
    assert.equal(seen('PUT /profiles/11/guardians/1'), 1)
    assert.match(text(), /现在没有家长收消息：有名额时，谁也不会被通知。/)
    assert.equal(data().told, false)
  })
  const intercept = ({ method }) => (method === 'PUT' ? problem(503, 'unavailable') : undefined)
  await domPhone({ path: FAMILY, scenario: { ...scenario, intercept } }, async ({ loaded, data, names }) => {
    toggle(false)
    await loaded()
    press('cancel')
    await loaded()
    assert.equal(data().told, true, 'the switch goes back')
    assert.deepEqual(names('switch'), ['有林小满的消息时通知我'])
  })
})

test('the first guardian removes another, after a question that names both', () =>
  domPhone({ path: FAMILY, scenario: { ...everything, guardians: parents } }, async ({ tap, loaded, text, names }) => {
    assert.match(text(), /我我第一位家长 · 收消息爸林爸爸加入于 2026年2月2日 · 收消息移除/)
    assert.ok(!names('button').includes('移除我'))
    await tap('button', '移除林爸爸')
    assert.match(dialogs().join(), /移除林爸爸？移除后，林爸爸看不到林小满的课程，也收不到消息。还没用的添加码一起作废。/)
    press('confirm')
    await loaded()
    assert.equal(toast(), '已移除林爸爸')
    assert.doesNotMatch(text(), /林爸爸/)
  }))

test('who is not first invites and removes nobody, and leaves after a question', () => {
  const mine = { 11: [guardian(7, -90, { first: true, name: '林妈妈' }), guardian(1, -3)] }
  return domPhone({ path: ME, scenario: { ...everything, guardians: mine } }, async ({ tap, loaded, text, names, seen }) => {
    await tap('link', '林小满的家人')
    await loaded()
    assert.match(text(), /只有第一位家长（林妈妈）可以邀请和移除家人/)
    assert.deepEqual(
      names('button').filter((name) => /移除|邀请家人/.test(name)),
      [],
    )
    await tap('button', '退出林小满的家人')
    assert.match(dialogs().join(), /退出后看不到林小满的课程，也收不到消息/)
    press('confirm')
    await loaded()
    assert.equal(seen('DELETE /profiles/11/guardians/1'), 1)
    assert.deepEqual(globalThis.host.stack(), [ME])
    assert.doesNotMatch(text(), /林小满/)
    assert.match(text(), /林小雨/)
  })
})

test('the first one is told who will be first; the last one, that it cannot leave', async () => {
  await domPhone({ path: FAMILY, scenario: { ...everything, guardians: parents } }, async ({ tap }) => {
    await tap('button', '退出林小满的家人')
    assert.match(dialogs().join(), /林爸爸会成为第一位家长。/)
    press('cancel')
  })
  await domPhone({ path: FAMILY, scenario: everything }, async ({ text, names }) => {
    assert.match(text(), /孩子至少要有一位家长，所以你现在不能退出。/)
    assert.ok(!names('button').some((name) => name.startsWith('退出')))
  })
})

test('who was taken away is told so, and the child is gone from the account', () => {
  const scenario = { ...everything, profiles: profiles.slice(1), guardians: { 11: [guardian(7, -90, { first: true })] } }
  return domPhone({ path: FAMILY, scenario }, async ({ text }) => {
    assert.match(text(), /这个孩子已经不在你的账号里了。/)
  })
})

test('with several children every question, refusal and success names the child; with one, none does', async () => {
  const refused = ({ method, path }) => (method === 'POST' && path === '/bookings' ? problem(409, 'time_conflict') : undefined)
  const both = profiles
  const cases = [
    ['pages/waitlist/index', everything, '放弃', /林小雨 · 少儿体操启蒙 今天 17:30。放弃后/, /^已放弃林小雨的名额$/],
    ['pages/waitlist/detail?id=32', everything, '退出候补', /林小满 · 平衡木基础 今天 18:30。退出后/, /^林小满已退出候补$/],
    ['pages/classes/index', { profiles: both, sessions }, '预约，吊环入门', undefined, /^已为林小满预约$/],
    ['pages/classes/index', { profiles: both, sessions }, '加入候补，少儿体操启蒙', undefined, /^林小满已加入候补，第 3 位$/],
    ['pages/classes/index', { profiles: both, sessions, intercept: refused }, '预约，吊环入门', /^林小满这个时间已有别的课/, undefined],
  ]
  for (const [path, scenario, button, asked, told] of cases) {
    await domPhone({ path, scenario }, async ({ tap, loaded }) => {
      await tap('button', button)
      await loaded()
      if (asked) {
        assert.match(
          dialogs()
            .join()
            .replace(/^[^？]*？/, ''),
          asked,
          button,
        )
        press('confirm')
        await loaded()
      }
      if (told) assert.match(toast(), told, button)
    })
  }
  await domPhone({ path: 'pages/classes/index', scenario: { profiles: both.slice(0, 1), sessions } }, async ({ tap, loaded }) => {
    await tap('button', '预约，吊环入门')
    await loaded()
    assert.equal(toast(), '已预约')
  })
})
