// The components, in their pages. In a DOM without a browser.

import assert from 'node:assert/strict'
import { before, test } from 'node:test'

import { build } from '../../tools/browser/build.mjs'
import { domPhone, startDom } from './lib/dom.mjs'
import { classes, ended, everything, missedBookings, offer, profiles, waiting } from '../../tools/browser/mock/people.mjs'
import { booking, entry } from '../../tools/browser/mock/service.mjs'

const MINUTE = 60_000
const LIST = 'pages/waitlist/index'
const SELECT = 'pages/makeup/select?booking=61'

before(() => startDom(build({ name: 'miniprogram' })))

/** The cards of the page on top: their words, and the names of their buttons. */
const cards = () =>
  [...document.querySelectorAll('.mp-page:not([hidden]) [class*="--card"]')].map((card) => ({
    text: card.textContent,
    buttons: [...card.querySelectorAll('[role="button"]')].map((one) => one.textContent.trim()),
  }))

test('countdown-timer: all countdowns of a page share one timer, which stops when the page is hidden', () => {
  const entries = [offer(22), offer(3, 38, 11), offer(9, 39, 11)].map((one, index) => ({ ...one, course_schedule_id: index + 1 }))
  return domPhone({ path: LIST, scenario: { entries } }, async ({ names, pass, timeouts }) => {
    await pass(250)
    const left = (minutes) => `确认剩余时间 ${minutes} 分 0 秒`
    assert.deepEqual(names('timer'), [left(3), left(9), left(22)])
    assert.equal(timeouts(), 1)
    await pass(1000)
    assert.deepEqual(
      names('timer').map((name) => name.slice(-4)),
      ['59 秒', '59 秒', '59 秒'],
    )
    globalThis.host.hide()
    assert.equal(timeouts(), 0)
    globalThis.host.show()
    await pass(250)
    assert.equal(timeouts(), 1)
  })
})

test('countdown-timer: shows the right time at the first tick after the phone slept', () =>
  domPhone({ path: LIST, scenario: { entries: [offer(22)] } }, async ({ names, pass, sleep }) => {
    await pass(250)
    await sleep(10 * MINUTE)
    await pass(250)
    assert.deepEqual(names('timer'), ['确认剩余时间 12 分 0 秒'])
  }))

test('countdown-timer: disappears when its deadline passes, awake or asleep, and the page refreshes by itself', async () => {
  for (const how of ['pass', 'sleep']) {
    await domPhone({ path: LIST, scenario: { entries: [offer(1)] } }, async (phone) => {
      await phone.pass(250)
      const reads = phone.seen('GET /waitlist/my')
      await phone[how](1.02 * MINUTE)
      await phone.pass(250)
      assert.deepEqual(phone.names('timer'), [], how)
      assert.deepEqual(
        cards().map((card) => card.buttons),
        [['重新候补']],
        how,
      )
      assert.ok(phone.seen('GET /waitlist/my') > reads, 'asked at once, not at the next look')
      assert.equal(phone.timeouts(), 0, 'nothing is counted any more')
    })
  }
})

test('countdown-timer: the last five minutes are red, in the card and the badge too', () =>
  domPhone({ path: LIST, scenario: { entries: [offer(5.1)] } }, async ({ pass }) => {
    const urgent = () => document.querySelectorAll('.mp-page:not([hidden]) [class*="--urgent"]').length
    await pass(250)
    assert.equal(urgent(), 0)
    await pass(7000)
    assert.ok(urgent() >= 3, 'the card, the badge, the digits')
  }))

test('waitlist-card: each state has its words and its buttons', () => {
  const missed = entry(40, 11, classes.friday, 'expired', { response_deadline: '2026-03-04T01:50:00.000Z' })
  const entries = [offer(22), missed, waiting[0], ended[0]]
  return domPhone({ path: LIST, scenario: { entries, bookings: everything.bookings } }, async ({ pass }) => {
    await pass(250)
    const [open, late, waits, confirmed] = cards()
    assert.match(open.text, /^待确认林小雨少儿体操启蒙今天 17:3000:22:00有名额了，请在 10:22 前确认（30 分钟）/)
    assert.deepEqual(open.buttons, ['立即预约', '放弃'])
    assert.match(late.text, /^已过期林小满平衡木基础.*名额已被释放，已为下一位保留。要继续候补吗？/)
    assert.deepEqual(late.buttons, ['重新候补'])
    assert.match(waits.text, /^候补中林小满平衡木基础今天 18:30第2位机会较大（约 70%） · 12:00 截止$/)
    assert.deepEqual(waits.buttons, [])
    assert.match(confirmed.text, /^已预约林小满蹦床/)
  })
})

test('waitlist-card: the button of a running action says so, and all buttons are disabled meanwhile', () => {
  let answer
  const intercept = ({ method }) =>
    method === 'PUT'
      ? new Promise((go) => {
          answer = go
        })
      : undefined
  return domPhone({ path: LIST, scenario: { entries: [offer(22)], intercept } }, async ({ tap, names, seen, loaded }) => {
    await tap('button', '立即预约')
    assert.deepEqual(cards()[0].buttons, ['请稍候…', '放弃'])
    await tap('button', '立即预约')
    await tap('button', '放弃')
    assert.equal(seen('PUT /waitlist/31/respond'), 1)
    assert.equal(document.querySelectorAll('[role="dialog"]').length, 0)
    const disabled = [...document.querySelectorAll('.mp-page:not([hidden]) [role="button"][aria-disabled="true"]')]
    assert.equal(disabled.length, names('button').filter((name) => !name.startsWith('消息')).length)
    answer(undefined)
    await loaded()
    assert.deepEqual(globalThis.host.stack(), [LIST, 'pages/waitlist/detail'])
  })
})

test('waitlist-status: who waits can leave there, and is asked first', () =>
  domPhone({ path: 'pages/waitlist/detail?id=32', scenario: { entries: waiting } }, async ({ tap, loaded, seen }) => {
    const status = document.querySelector('.mp-page:not([hidden]) wx-waitlist-status')
    assert.match(status.textContent, /第2位.*已等待 1 天.*退出候补$/)
    await tap('button', '退出候补，平衡木基础')
    document.querySelector('#overlay .modal__confirm').click()
    await loaded()
    assert.equal(seen('DELETE /waitlist/32'), 1)
  }))

test('waitlist-status: shows the rank and who is ahead, and a bar only where there is a chance', async () => {
  for (const [fields, line, bars] of [
    [{ position: 2, chance: 0.712 }, '前面还有 1 人 · 已等待 1 天机会较大（约 70%）', 1],
    [{ position: 1, chance: null }, '你排在最前面 · 已等待 1 天', 0],
  ]) {
    const entries = [{ ...waiting[0], ...fields }]
    await domPhone({ path: 'pages/waitlist/detail?id=32', scenario: { entries } }, async ({ text, names }) => {
      assert.ok(text().includes(`第${fields.position}位${line}`), text())
      assert.equal(names('progressbar').length, bars)
    })
  }
})

test('makeup-selector: a class is chosen, another is chosen instead, a full one is waited for', () =>
  domPhone({ path: SELECT, scenario: { ...everything, entries: [] } }, async ({ tap, names, text }) => {
    await tap('tab', '周六 3月7日')
    const chosen = () =>
      [...document.querySelectorAll('[role="radio"]')].map((one) => one.getAttribute('aria-label')).filter((name) => name.endsWith('，已选中'))
    assert.deepEqual(chosen(), [])
    await tap('radio', '蹦床')
    assert.match(chosen().join(), /^周六 3月7日 10:00，蹦床，原 60 分钟，补 45 分钟，补偿 15 分钟，余 1 位，已选中$/)
    await tap('radio', '体操提高')
    assert.match(chosen().join(), /多 30 分钟，免费/)
    assert.ok(text().includes('确认补课'))
    await tap('radio', '平衡木基础')
    assert.ok(
      names('button').some((name) => name.startsWith('候补补课，周六 3月7日 18:30，平衡木基础')),
      names('button').join(),
    )
  }))

test('makeup-selector: an overlapping class cannot be chosen, and a class waited for opens its entry', () => {
  const clash = booking(55, 12, { ...classes.saturday, course_schedule_id: 99, starts_at: '2026-03-07T02:30:00.000Z' })
  const scenario = {
    ...everything,
    bookings: [...missedBookings, clash],
    sessions: [...everything.sessions, { ...classes.saturday, course_schedule_id: 99, category: 'other' }],
    entries: [entry(41, 12, classes.saturdayFull, 'waiting', { position: 3, makeup_for: 61 })],
  }
  return domPhone({ path: SELECT, scenario }, async ({ tap, data }) => {
    await tap('tab', '周六 3月7日')
    await tap('radio', '蹦床')
    assert.equal(data().chosen, null)
    await tap('link', '候补中 第 3 位')
    assert.deepEqual(globalThis.host.stack(), ['pages/makeup/select', 'pages/waitlist/detail'])
  })
})

const popup = () => document.querySelector('.mp-page:not([hidden]) [role="dialog"]')
const FROM_MESSAGE = 'pages/waitlist/detail?id=31&message=91'

test('notification-popup: an offer can be confirmed, declined or put off; a tap beside the popup closes it, a tap on it does not', () =>
  domPhone({ path: FROM_MESSAGE, scenario: everything }, async ({ tap, tapBeside, seen }) => {
    const buttons = [...popup().querySelectorAll('[role="button"]')].map((one) => one.textContent.trim())
    assert.deepEqual(buttons, ['立即预约', '放弃', '稍后再说'])
    await tap('dialog', '有名额了')
    assert.ok(popup(), 'still there')
    await tapBeside(popup())
    assert.equal(popup(), null)
    assert.equal(seen('PUT /waitlist/31/respond'), 0)
  }))

test('notification-popup: an offer opened too late, and a message of another kind, show what became of the entry', async () => {
  await domPhone({ path: FROM_MESSAGE, scenario: { ...everything, entries: [offer(-5)] } }, async ({ names }) => {
    assert.match(popup().textContent, /名额已被释放，已为下一位保留要继续候补吗？会从队尾排起重新候补知道了$/)
    assert.ok(names('button').includes('重新候补，少儿体操启蒙，今天 17:30，林小雨'))
  })
  await domPhone({ path: 'pages/waitlist/detail?id=37&message=94', scenario: everything }, async ({ tap }) => {
    assert.match(popup().textContent, /^候补消息.*已退出候补，名额将留给后面的家庭知道了$/)
    await tap('button', '知道了')
    assert.equal(popup(), null)
  })
})

test('an account with one child shows no names', () =>
  domPhone({ path: LIST, scenario: { profiles: profiles.slice(0, 1), entries: waiting.slice(0, 1) } }, async ({ text }) => {
    assert.equal(text().includes('林小满'), false)
  }))
