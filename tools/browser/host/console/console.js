// The console beside the phone: the account, the child, the clock, the gym and the messages.

import { initGym } from './gym.js'
import { card } from './messages.js'
import * as service from './service.js'

const POLL_MILLISECONDS = 3000
const ZONE = 'Asia/Shanghai'

const byId = (id) => document.getElementById(id)
const config = await fetch('/host-config.json').then((answer) => answer.json())
const query = new URLSearchParams(location.search)

const state = {
  account: query.get('account') ?? config.accounts[0].openid,
  network: query.get('network') === 'off' ? 'off' : 'on',
  theme: query.get('theme') ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'),
}

/** The phone's own page; undefined until it has started. */
const host = () => byId('phone').contentWindow?.host

/** By a tap on a message. */
const BY_MESSAGE = 1107

function startPhone(path, scene) {
  const address = new URLSearchParams({ ...state, ...(path && { path }), ...(scene && { scene }) })
  byId('phone').src = `/app.html?${address}`
}

// --- accounts
const nameOf = (openid) => config.accounts.find((account) => account.openid === openid)?.name ?? openid

function drawAccounts() {
  const options = config.accounts.map((account) => {
    const label = Object.assign(document.createElement('label'), { className: 'account' })
    const radio = Object.assign(document.createElement('input'), {
      type: 'radio',
      name: 'account',
      value: account.openid,
      checked: account.openid === state.account,
    })
    const text = document.createElement('span')
    text.append(
      Object.assign(document.createElement('b'), { textContent: account.name }),
      Object.assign(document.createElement('small'), { textContent: account.note ?? '' }),
    )
    radio.onchange = () => hold(account.openid)
    label.append(radio, text)
    return label
  })
  byId('accounts').replaceChildren(...options)
}

/** Gives the phone to another account, at one of its pages. */
function hold(openid, path, scene) {
  state.account = openid
  drawAccounts()
  startPhone(path, scene)
  void drawChildren()
}

// --- children
/** Where the mini-program keeps the chosen child on this phone. */
const chosenKey = () => `mp:${state.account}:gym:profile`

async function drawChildren() {
  const account = state.account
  const children = await service.children(account).catch(() => [])
  if (account !== state.account) return
  const chosen = Number(localStorage.getItem(chosenKey())) || children[0]?.id
  byId('family').hidden = children.length < 2
  byId('children').replaceChildren(
    ...children.map(({ id, name }) => {
      const label = Object.assign(document.createElement('label'), { className: 'account' })
      const radio = Object.assign(document.createElement('input'), { type: 'radio', name: 'child', checked: id === chosen })
      radio.onchange = () => {
        localStorage.setItem(chosenKey(), JSON.stringify(id))
        startPhone(host()?.stack()[0])
      }
      label.append(radio, Object.assign(document.createElement('b'), { textContent: name }))
      return label
    }),
  )
}

// --- clock
function drawClock(now) {
  byId('now').textContent = now.toLocaleTimeString('en-GB', { timeZone: ZONE, hour: '2-digit', minute: '2-digit' })
  byId('now').dateTime = now.toISOString()
  byId('day').textContent = now.toLocaleDateString('en-GB', { timeZone: ZONE, weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' })
}

/** Brings the app back from the background. */
async function lookAgain() {
  await refresh()
  host()?.hide()
  await host()?.show()
}

async function advance(seconds) {
  const buttons = [...byId('advance').children]
  for (const button of buttons) button.disabled = true
  byId('clock-note').textContent = ''
  try {
    await service.advance(seconds)
    await lookAgain()
  } catch (error) {
    byId('clock-note').textContent = `Not moved: ${error.message}.`
  }
  for (const button of buttons) button.disabled = false
}

byId('advance').onclick = (event) => event.target.dataset.seconds && advance(Number(event.target.dataset.seconds))

// --- messages
let drawn = ''

function open(message) {
  showConsole(false)
  if (message.openid === state.account) host()?.open(message.page, BY_MESSAGE)
  else hold(message.openid, message.page, BY_MESSAGE)
}

function drawMessages(messages) {
  const now = JSON.stringify(messages)
  if (now === drawn) return
  drawn = now
  byId('messages').replaceChildren(...messages.map((message) => card(message, nameOf, open)))
  byId('count').textContent = messages.length || ''
  byId('messages-note').hidden = messages.length > 0
}

// --- phone
byId('network').checked = state.network === 'on'
byId('network').onchange = (event) => {
  state.network = event.target.checked ? 'on' : 'off'
  host()?.setNetwork(state.network)
}

function drawTheme() {
  document.documentElement.dataset.theme = state.theme
  byId('dark').checked = state.theme === 'dark'
}
byId('dark').onchange = (event) => {
  state.theme = event.target.checked ? 'dark' : 'light'
  drawTheme()
  host()?.setTheme(state.theme)
}

/** In a narrow window the console lies over the phone. */
function showConsole(shown) {
  byId('console').classList.toggle('open', shown)
  byId('toggle').setAttribute('aria-expanded', String(shown))
  byId('toggle').textContent = shown ? 'Phone' : 'Console'
}
byId('toggle').onclick = () => showConsole(!byId('console').classList.contains('open'))

// --- the gym
const drawGym = config.staff ? initGym(config.staff, lookAgain) : async () => {}

// --- keeping up
async function refresh() {
  const [now, messages] = await Promise.allSettled([service.time(), service.messages(), drawGym()])
  document.body.dataset.service = now.status === 'fulfilled' ? 'up' : 'away'
  if (now.status === 'fulfilled') drawClock(now.value)
  if (messages.status === 'fulfilled') drawMessages(messages.value)
}

drawAccounts()
drawTheme()
startPhone(query.get('path'))
void drawChildren()
await refresh()
setInterval(() => document.visibilityState === 'visible' && refresh(), POLL_MILLISECONDS)
