import { createRouter, createWebHashHistory } from 'vue-router'
import type { Role } from './api/contract'
import Today from './pages/Today.vue'
import { isLoggedIn, mayAs } from './session'

declare module 'vue-router' {
  interface RouteMeta {
    /** The lowest role that may see the page; left out: the page needs no login. */
    role?: Role
  }
}

/** The pages behind the first one are loaded when they are opened. */
export const router = createRouter({
  history: createWebHashHistory('/desk/'),
  scrollBehavior: (to, from, left) => (to.path === from.path ? false : (left ?? { top: 0 })),
  routes: [
    { path: '/', redirect: '/today' },
    { path: '/login', component: () => import('./pages/Login.vue') },
    { path: '/today/:date?', component: Today, meta: { role: 'coach' } },
    { path: '/class/:schedule(\\d+)/:date', component: () => import('./pages/ClassPage.vue'), meta: { role: 'coach' } },
    { path: '/families', component: () => import('./pages/Families.vue'), meta: { role: 'staff' } },
    { path: '/families/:id(\\d+)', component: () => import('./pages/Child.vue'), meta: { role: 'staff' } },
    { path: '/record', component: () => import('./pages/Record.vue'), meta: { role: 'owner' } },
    { path: '/people', component: () => import('./pages/People.vue'), meta: { role: 'owner' } },
    { path: '/:rest(.*)', redirect: '/today' },
  ],
})

// A page that the role may not see any more leads to one that it may.
router.beforeEach((to) => {
  if (to.path === '/login') return isLoggedIn.value ? String(to.query.to ?? '/today') : true
  if (!isLoggedIn.value) return { path: '/login', query: to.path === '/today' ? {} : { to: to.fullPath } }
  if (to.meta.role && !mayAs(to.meta.role)) return to.path.startsWith('/today') ? { path: '/login' } : '/today'
  return true
})
