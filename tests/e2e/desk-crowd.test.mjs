// The desk on its largest day: sixty classes, five hundred in a queue, and names of every kind; in light, in dark and at
// 200 % zoom, nothing is cut off and whatever can be tapped is large enough. The pictures are in tests/output/screens/.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { accounts, startDesk, WIDTHS } from './desk.mjs'

const CLASSES = 60
const QUEUED = 500
const [CROWD] = [1]
const LONG = `长${'名'.repeat(98)}子`
const NAMES = { 1: '<b>粗体</b>', 2: LONG, 3: '👩‍👧‍👦 小朋友 🤸', 4: 'Wolfeschlegelsteinhausenbergerdorff'.repeat(2), 5: '欧阳小满' }
const nameOf = (id) => NAMES[id] ?? `${'赵钱孙李周吴郑王冯陈'[id % 10]}${'小大明安宁乐'[id % 6]}${'一二三四五六七'[id % 7]}`
const [BOOKED, ALONE] = [600, 601]

let gym

before(async () => {
  gym = await startDesk(({ date, weekday }) => {
    const courses = ['体操基础', '蹦床', '啦啦操进阶', '幼儿感统', '自由体操提高班', LONG].map((name, index) => ({
      id: index + 1, name, category: '体操', duration_minutes: 45 + 15 * (index % 3), queue_capacity: 1000,
    }))
    const two = (number) => String(number).padStart(2, '0')
    const slot = (index) => ({
      id: CROWD + index, course_id: (index % 6) + 1, weekday,
      start_time: index === 0 ? '21:50' : `${two(7 + Math.floor(index / 4))}:${two(15 * (index % 4))}`,
      capacity: index === 0 ? 1 : 4 + (index % 9), coach_name: `${'王李张刘'[index % 4]}教练`, room: `${(index % 3) + 1} 号厅`,
    })
    const booking = (id, profile_id, course_schedule_id) => ({ id, profile_id, course_schedule_id, booking_date: date, status: 'booked' })
    return {
      courses,
      schedules: Array.from({ length: CLASSES }, (_, index) => slot(index)),
      accounts,
      profiles: [
        ...Array.from({ length: QUEUED }, (_, index) => ({ id: index + 1, account_id: 1, name: nameOf(index + 1) })),
        { id: BOOKED, account_id: 1, name: '林小雨' }, { id: ALONE, name: '没有家长的孩子' },
      ],
      bookings: [
        booking(1, BOOKED, CROWD),
        // Some classes are full, some are not.
        ...Array.from({ length: CLASSES - 1 }, (_, at) =>
          Array.from({ length: 1 + ((at * 7) % 10) % (4 + ((at + 1) % 9)) }, (__, seat) => booking(1000 + at * 20 + seat, 1 + ((at * 12 + seat) % QUEUED), CROWD + at + 1))).flat(),
      ],
    }
  })
  const staff = await gym.as('front')
  const ids = Array.from({ length: QUEUED }, (_, index) => index + 1)
  // In order, so that the names of every kind stand first.
  for (const profile_id of ids) await staff.post('/waitlist/join', { profile_id, course_schedule_id: CROWD, booking_date: gym.day })
})

after(() => gym?.stop())

/** 200 % zoom is half the width, drawn twice as large. */
const zoomed = ({ width, height }) => ({ viewport: { width: Math.floor(width / 2), height: Math.floor(height / 2) }, scale: 2 })
const LOOKS = {
  'phone-dark': { size: 'phone', dark: true },
  'desk-dark': { size: 'desk', dark: true },
  'phone-zoom': zoomed(WIDTHS.phone),
  'desk-zoom': zoomed(WIDTHS.desk),
}

const rows = (page) => page.getByRole('listitem').filter({ has: page.getByLabel(/^第 \d+ 位$/) })

for (const size of Object.keys(WIDTHS)) {
  test(`a queue of 500 shows its head, and the whole of it on demand (${size})`, async () => {
    const front = await gym.open('front', { size })
    await front.class(CROWD)
    await front.page.getByRole('heading', { name: `候补 ${QUEUED}` }).waitFor()
    assert.equal(await rows(front.page).count(), 20)
    await front.look(`queue-${size}`)
    await front.button(`再看 ${QUEUED - 20} 位`).click()
    assert.equal(await rows(front.page).count(), QUEUED)
    assert.equal(await rows(front.page).locator('b').first().innerText(), NAMES[1], 'a name is text')
    await front.look(`queue-all-${size}`, { fullPage: false })
    // Neither the seconds until the page asks for news nor an answer without any draws a row anew.
    await front.page.evaluate(() => {
      globalThis.drawn = 0
      new MutationObserver((changes) => (globalThis.drawn += changes.length)).observe(document.querySelector('main'), { subtree: true, childList: true, characterData: true, attributes: true })
    })
    const news = await front.page.waitForResponse((answer) => answer.url().includes('/desk/sessions/'))
    assert.equal(news.status(), 304)
    assert.equal(await front.page.evaluate(() => globalThis.drawn), 0)
    await front.close()
  })
}

for (const [look, options] of Object.entries(LOOKS)) {
  test(`no page and no dialog is cut off (${look})`, async () => {
    const owner = await gym.open('owner', options)
    const { page, dialog } = owner
    await page.getByText('60 节课').waitFor()
    await owner.look(`sixty-${look}`)
    await owner.class(CROWD)
    await rows(page).first().waitFor()
    await owner.look(`queue-${look}`)
    for (const [button, name] of [['加人', 'add'], ['改人数', 'seats'], ['停课', 'call-off']]) {
      await owner.button(button).click()
      if (name === 'add') {
        await page.getByLabel('按名字或电话找孩子').fill('长名')
        await dialog.getByText(LONG).waitFor()
      }
      await owner.look(`${name}-${look}`, { fullPage: false })
      await page.keyboard.press('Escape')
      await dialog.waitFor({ state: 'detached' })
    }
    await owner.goto('/families')
    await page.getByLabel('按名字或电话找孩子').fill('长名')
    await page.getByText(LONG).waitFor()
    await owner.look(`families-${look}`)
    await owner.button(/的添加码$/).click()
    await owner.button('生成添加码').click()
    await dialog.getByText('只显示这一次').waitFor()
    await owner.look(`code-${look}`, { fullPage: false })
    await page.keyboard.press('Escape')
    await owner.button('登记新孩子').click()
    await owner.look(`new-${look}`, { fullPage: false })
    await page.keyboard.press('Escape')
    await owner.goto('/families/2')
    await page.getByText('候补中').waitFor()
    await owner.look(`child-${look}`)
    await owner.goto('/record')
    await page.getByText('加入了候补').first().waitFor()
    await owner.look(`record-${look}`)
    await owner.goto('/people')
    await page.getByText('馆主').first().waitFor()
    await owner.look(`people-${look}`)
    await owner.close()
  })
}

for (const [size, time] of [['phone', '15:10'], ['desk', '15:11']]) {
  test(`a day of sixty classes shows what is to come first, and what needs a person above it (${size})`, async () => {
    await gym.at(time)
    const front = await gym.open('front', { size })
    await front.page.getByText('60 节课').waitFor()
    const needs = front.page.getByRole('list', { name: '需要处理' }).getByRole('link')
    assert.equal(await needs.count(), 6)
    const first = front.page.locator('.grid a').first()
    assert.match(await first.innerText(), /上课中/)
    await front.look(`sixty-${size}`)
    await front.button(/^还有 \d+ 件要处理$/).click()
    assert.ok((await needs.count()) > 20)
    await front.page.getByText(/^已下课 \d+ 节$/).click()
    assert.equal(await front.page.locator('.grid a:visible').count(), CLASSES)
    await front.look(`sixty-over-${size}`)
    await front.close()
  })
}
