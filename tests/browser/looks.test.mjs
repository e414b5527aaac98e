// How every page is drawn: tap targets are large enough, large text does not break the layout, dark mode is dark,
// every text can be read.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { faintTexts } from '../../tools/browser/lib/contrast.mjs'
import { everything } from '../../tools/browser/mock/people.mjs'
import { phone, start, stop } from './lib/phone.mjs'

before(start)
after(stop)

/** WeChat's largest text. */
const LARGEST = 23
const PAGES = [
  'pages/classes/index',
  'pages/classes/detail?schedule=2&date=2026-03-04',
  'pages/waitlist/index',
  'pages/waitlist/detail?id=31',
  'pages/waitlist/detail?id=32',
  'pages/waitlist/detail?id=31&message=91',
  'pages/waitlist/status?id=32',
  'pages/bookings/index',
  'pages/makeup/index',
  'pages/makeup/select?booking=61',
  'pages/makeup/compensation',
  'pages/notifications/waitlist',
  'pages/me/index',
  'pages/me/guardians?profile=11',
  'pages/me/add-child?code=BCDF-GHJK',
  'pages/me/desk-login',
  'pages/me/privacy',
]

/** A page that asks for nothing has no `view`. */
const ready = (page) => page.waitForFunction(() => [undefined, 'ready'].includes(host.data().view))

/** What can be tapped and is lower than 88 rpx. */
const low = (page) =>
  page.evaluate(() =>
    [...document.querySelectorAll('[role="button"], [role="tab"], [role="link"], [role="radio"], .mp-page:not([hidden]) wx-input')]
      .map((element) => [element.getAttribute('aria-label'), element.getBoundingClientRect().height])
      .filter(([, height]) => height > 0 && height < (88 / 750) * innerWidth - 0.5),
  )

/** Texts that leave the screen or their own box; what scrolls sideways may, and so may what ends in an ellipsis. */
const spilled = (page) =>
  page.evaluate(() =>
    [...document.querySelectorAll('.mp-page:not([hidden]) wx-text')]
      .filter((element) => element.offsetParent && !element.closest('[role="tablist"]') && getComputedStyle(element).textOverflow !== 'ellipsis')
      .filter((element) => {
        const box = element.getBoundingClientRect()
        return box.left < 0 || box.right > innerWidth + 0.5 || (element.clientWidth > 0 && element.scrollWidth > element.clientWidth + 1)
      })
      .map((element) => element.textContent),
  )

/** Pairs of buttons and texts that lie over each other within one card. */
const collided = (page) =>
  page.evaluate(() => {
    const over = []
    for (const card of document.querySelectorAll('.mp-page:not([hidden]) [class*="card"]')) {
      const texts = [...card.querySelectorAll('wx-text')].filter((element) => element.offsetParent && element.textContent.trim() !== '')
      texts.forEach((a, index) => {
        const first = a.getBoundingClientRect()
        for (const b of texts.slice(index + 1)) {
          if (a.contains(b) || b.contains(a)) continue
          const second = b.getBoundingClientRect()
          const across = Math.min(first.right, second.right) - Math.max(first.left, second.left)
          const down = Math.min(first.bottom, second.bottom) - Math.max(first.top, second.top)
          if (across > 1 && down > 4) over.push([a.textContent, b.textContent])
        }
      })
    }
    return over
  })

for (const path of PAGES) {
  test(`${path}: tap targets are at least 88 rpx high and no text overflows or overlaps, also at the largest text size`, async () => {
    for (const textSize of [undefined, LARGEST]) {
      await phone({ path, scenario: everything, textSize }, async ({ page }) => {
        await ready(page)
        assert.deepEqual(await low(page), [], 'too low')
        assert.deepEqual(await spilled(page), [], `spilled at ${textSize ?? 'standard'}`)
        assert.deepEqual(await collided(page), [], `collided at ${textSize ?? 'standard'}`)
      })
    }
  })
}

/** Room between what stands beside WeChat's own button and that button, and how wide the way back is, in pixels. */
const beside = (page) =>
  page.evaluate(() => {
    const box = (name) => document.querySelector(`.mp-page:not([hidden]) [role="button"][aria-label^="${name}"]`).getBoundingClientRect()
    const own = document.getElementById('capsule').getBoundingClientRect()
    return { gap: own.left - box('切换孩子').right, back: box('返回').width }
  })

test("a long name does not reach WeChat's own button, and the back button keeps its width, also at the largest text size", async () => {
  const profiles = everything.profiles.map((one) => ({ ...one, name: '欧阳·阿依古丽·买买提' }))
  for (const path of ['pages/classes/detail?schedule=2&date=2026-03-04', 'pages/makeup/compensation']) {
    for (const textSize of [undefined, LARGEST]) {
      await phone({ path, scenario: { ...everything, profiles }, textSize }, async ({ page }) => {
        await ready(page)
        const { gap, back } = await beside(page)
        assert.ok(gap >= 4, `${path}: ${gap}`)
        assert.ok(back >= (88 / 750) * 390 - 0.5, `${path}: ${back}`)
      })
    }
  }
})

test('the largest text size enlarges text by half and leaves the countdown as it is', async () => {
  const sizes = {}
  for (const textSize of [16, LARGEST]) {
    await phone({ path: 'pages/waitlist/index', scenario: everything, textSize }, async ({ top }) => {
      const size = (element) => parseFloat(getComputedStyle(element).fontSize)
      sizes[textSize] = [await top.getByText('今天 17:30').first().evaluate(size), await top.getByRole('timer').first().evaluate(size)]
    })
  }
  assert.equal(sizes[LARGEST][0], sizes[16][0] * 1.5)
  assert.equal(sizes[LARGEST][1], sizes[16][1])
})

test('dark mode: every page has the dark background and light text', async () => {
  for (const path of PAGES) {
    await phone({ path, scenario: everything, open: { theme: 'dark' } }, async ({ page, top }) => {
      await ready(page)
      const colours = await top.locator('.page').evaluate((element) => [getComputedStyle(element).backgroundColor, getComputedStyle(element).color])
      assert.deepEqual(colours, ['rgb(15, 17, 24)', 'rgb(241, 242, 247)'], path)
    })
  }
})

test('every text can be read, in light and dark', async () => {
  for (const path of PAGES) {
    for (const theme of ['light', 'dark']) {
      await phone({ path, scenario: everything, open: { theme } }, async ({ page }) => {
        await ready(page)
        assert.deepEqual(await faintTexts(page), [], `${path}, ${theme}`)
      })
    }
  }
})

test('a text that cannot be read is named, with its colours', () =>
  phone({ path: 'pages/me/index', scenario: everything }, async ({ page, top }) => {
    await ready(page)
    await top
      .getByText('联系前台')
      .or(top.getByText('隐私说明'))
      .first()
      .evaluate((text) => (text.style.color = '#999999'))
    const [named, ...others] = await faintTexts(page)
    assert.match(named, /^(联系前台|隐私说明): rgb\(153, 153, 153\) on 255,255,255 is 2\.85$/)
    assert.deepEqual(others, [])
  }))
